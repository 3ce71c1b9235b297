// SPDX-License-Identifier: MIT
// Lines from whatever is no terminal.
#include "tools/filesrv-client/prompt_lines.hpp"

namespace filesrv::client {

std::expected<std::optional<std::string>, std::string> PlainLines::next() {
    std::string line;
    bool is_long = false;
    int c = std::fgetc(from_);
    if (c == EOF) return std::nullopt;
    ++number_;
    for (; c != EOF && c != '\n'; c = std::fgetc(from_)) {
        is_long = is_long || line.size() == prompt_line_bytes_max;
        if (!is_long) line += static_cast<char>(c);
    }
    if (is_long) return std::unexpected("the line is longer than " + std::to_string(prompt_line_bytes_max) + " bytes");
    if (line.find('\0') != std::string::npos) return std::unexpected("the line holds a zero byte");
    if (line.ends_with('\r')) line.pop_back();
    return line;
}

}  // namespace filesrv::client
