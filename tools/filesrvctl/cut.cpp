// SPDX-License-Identifier: MIT
// Lines made to fit.
#include "tools/filesrvctl/cut.hpp"

#include <algorithm>

#include "base/assert.hpp"
#include "base/columns.hpp"

namespace filesrv::ctl {

std::string cut(std::string_view text, std::size_t columns) {
    if (columns_of(text) <= columns) return std::string(text);
    if (columns == 0) return {};
    std::string_view left = text;
    for (std::size_t used = 0; !left.empty();) {
        std::string_view next = left;
        used += take_character(next);
        if (used > columns - 1) break;
        left = next;
    }
    return std::string(text.substr(0, text.size() - left.size())) + "…";
}

std::string cut_painted(std::string_view text, std::size_t columns) {
    std::string out;
    std::size_t used = 0;
    bool painted = false;
    while (!text.empty()) {
        if (text.starts_with("\033[")) {
            const std::size_t end = std::min(text.find('m'), text.size() - 1) + 1;
            painted = text.substr(0, end) != "\033[0m";
            out += text.substr(0, end);
            text.remove_prefix(end);
            continue;
        }
        std::string_view next = text;
        const std::size_t width = take_character(next);
        // The last column is for the ellipsis, unless this is all there is.
        if (used + width > columns || (used + width == columns && !next.empty() && next != "\033[0m")) {
            if (used < columns) out += "…";
            break;
        }
        out += text.substr(0, text.size() - next.size());
        used += width;
        text = next;
    }
    if (painted) out += "\033[0m";
    return out;
}

std::string cut_front(std::string_view text, std::size_t columns) {
    std::size_t left = columns_of(text);
    if (left <= columns) return std::string(text);
    if (columns == 0) return {};
    while (left > columns - 1) left -= take_character(text);
    return "…" + std::string(text);
}

std::string cut_within(std::string_view text, std::size_t columns, std::size_t kept_end) {
    FS_ASSERT(kept_end <= text.size());
    const std::string_view end = text.substr(text.size() - kept_end);
    if (columns_of(text) <= columns || columns_of(end) >= columns) return cut(text, columns);
    return cut(text.substr(0, text.size() - kept_end), columns - columns_of(end)) + std::string(end);
}

}  // namespace filesrv::ctl
