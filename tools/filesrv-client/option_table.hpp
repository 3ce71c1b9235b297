// SPDX-License-Identifier: MIT
// Every option, once, as people see it. Read by the parser, --help, the completions and the manual's test.
#pragma once

#include <string_view>

namespace filesrv::client {

struct OptionSpec {
    char letter;             ///< short name, or 0
    std::string_view name;   ///< long, without dashes
    std::string_view value;  ///< empty for a flag
    std::string_view help;
};

/// In the order of --help.
inline constexpr OptionSpec option_table[] = {
    {'b', "batch", "FILE", "run the requests of this file, one a line; - is standard input"},
    {'j', "parallel", "N", "so many requests of a batch at once (default: 1, in order)"},
    {0, "fail-early", "", "begin no more of a batch after the first failure"},
    {0, "dry-run", "", "check a batch and say what would be done, without a connection"},
    {0, "report", "json|tsv", "a record for each request of a batch on standard output"},
    {0, "report-file", "FILE", "the records go there"},
    {'q', "quiet", "", "no status lines, no summary, no progress"},
    {'o', "output", "DIR", "where downloads go; made if it is not there (default: the current folder)"},
    {0, "no-clobber", "", "replace no file, here or on the server"},
    {0, "verify", "", "ask for digests of downloads and compare them"},
    {0, "no-digest", "", "send no digests of uploads"},
    {0, "retry", "N", "how often a broken request is tried again (default: 3)"},
    {0, "retry-max-time", "SEC", "how long it may go on being tried (default: 5)"},
    {0, "connect-timeout", "SEC", "how long a connection may take (default: 10)"},
    {0, "stall-timeout", "SEC", "how long no byte may go either way (default: 60)"},
    {0, "help", "", "print this and exit"},
    {0, "version", "", "print the version and exit"},
};

}  // namespace filesrv::client
