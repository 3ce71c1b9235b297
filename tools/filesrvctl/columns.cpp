// SPDX-License-Identifier: MIT
// How wide text is on a terminal, and how to make it fit.
#include "tools/filesrvctl/columns.hpp"

#include <algorithm>

#include "base/assert.hpp"
#include "base/utf8.hpp"

namespace filesrv::ctl {
namespace {

/// Of one well-formed character. Ranges rather than wcwidth(3), which knows only what the locale does: marks that combine
/// take no column, wide ones two (Unicode UAX 11).
std::size_t width_of(std::string_view character) noexcept {
    FS_ASSERT(!character.empty() && character.size() <= 4);
    if (character.size() == 1) return 1;
    char32_t code = static_cast<unsigned char>(character[0]) & (0xFFU >> (character.size() + 1));
    for (const char c : character.substr(1)) code = code << 6U | (static_cast<unsigned char>(c) & 0x3FU);
    const auto within = [code](char32_t low, char32_t high) { return code >= low && code <= high; };
    if (within(0x300, 0x36F) || within(0x200B, 0x200F) || within(0x20D0, 0x20FF) || within(0xFE00, 0xFE0F)) return 0;
    const bool wide = within(0x1100, 0x115F) || within(0x2E80, 0xA4CF) || within(0xAC00, 0xD7A3) || within(0xF900, 0xFAFF) ||
                      within(0xFE30, 0xFE6F) || within(0xFF00, 0xFF60) || within(0xFFE0, 0xFFE6) || within(0x1F300, 0x1FAFF) ||
                      within(0x20000, 0x3FFFD);
    return wide ? 2 : 1;
}

/// Takes one character off the front, or a byte that begins none; gives its columns.
std::size_t take_character(std::string_view& text) noexcept {
    const std::size_t length = utf8_length(text);
    const std::size_t width = length == 0 ? 1 : width_of(text.substr(0, length));
    text.remove_prefix(std::max<std::size_t>(length, 1));
    return width;
}

}  // namespace

std::size_t columns_of(std::string_view text) {
    std::size_t columns = 0;
    while (!text.empty()) columns += take_character(text);
    return columns;
}

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

}  // namespace filesrv::ctl
