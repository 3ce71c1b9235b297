// SPDX-License-Identifier: MIT
// The command line of filesrv-client.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>

#include "tools/filesrv-client/engine.hpp"

namespace filesrv::client {

enum class ReportFormat : std::uint8_t { none, json, tsv };

struct Options {
    Server server;                     ///< for requests that name none
    EngineSettings engine;
    std::optional<std::string> batch;  ///< a file of requests, "-" = standard input; nothing = the prompt
    bool fail_early = false;
    bool dry_run = false;
    bool quiet = false;                ///< no status lines and no summary
    ReportFormat report = ReportFormat::none;
    std::string report_file;           ///< "" = standard output
    std::string information;           ///< the text of --help or --version, when that is all that was asked for
};

/// What stands on stderr as one line before leaving with ExitStatus::usage.
class UsageError : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

/// The words after the program's name. Throws UsageError that names the option.
[[nodiscard]] Options parse_options(std::span<const char* const> words);

}  // namespace filesrv::client
