// SPDX-License-Identifier: MIT
// Standard output.
#include "tools/filesrvctl/output.hpp"

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "os/terminal.hpp"
#include "tools/filesrvctl/exit_status.hpp"

namespace filesrv::ctl {
namespace {

constexpr os::Fd standard_output{1};

}  // namespace

void print(std::string_view line) {
    const bool written = std::fwrite(line.data(), 1, line.size(), stdout) == line.size() && std::fputc('\n', stdout) != EOF;
    if (!written || std::fflush(stdout) != 0) throw Failure(Exit::failed, std::string("cannot write: ") + std::strerror(errno));
}

void print(const std::vector<std::string>& lines) {
    std::string text;
    for (const std::string& line : lines) text += (text.empty() ? "" : "\n") + line;
    print(std::string_view(text));
}

Style output_style() { return style_for(os::is_terminal(standard_output), std::getenv("NO_COLOR"), std::getenv("TERM")); }

std::size_t output_columns() {
    const auto size = os::window_size(standard_output);
    return size ? size->columns : 0;
}

}  // namespace filesrv::ctl
