// SPDX-License-Identifier: MIT
// Columns of characters.
#include "base/columns.hpp"

#include <algorithm>

#include "base/assert.hpp"
#include "base/utf8.hpp"

namespace filesrv {
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

}  // namespace

std::size_t take_character(std::string_view& text) noexcept {
    FS_ASSERT(!text.empty());
    const std::size_t length = utf8_length(text);
    const std::size_t width = length == 0 ? 1 : width_of(text.substr(0, length));
    text.remove_prefix(std::max<std::size_t>(length, 1));
    return width;
}

std::size_t columns_of(std::string_view text) noexcept {
    std::size_t columns = 0;
    while (!text.empty()) columns += take_character(text);
    return columns;
}

}  // namespace filesrv
