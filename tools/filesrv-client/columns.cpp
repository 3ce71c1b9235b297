// SPDX-License-Identifier: MIT
// How wide text is on a terminal.
#include "tools/filesrv-client/columns.hpp"

#include <algorithm>
#include <cwchar>

#include "base/assert.hpp"
#include "base/utf8.hpp"

namespace filesrv::client {
namespace {

struct Character {
    std::size_t bytes;
    std::size_t columns;
};

/// The code point of a well-formed sequence of more than one byte (RFC 3629 section 3).
wchar_t code_point(std::string_view character) noexcept {
    FS_ASSERT(character.size() >= 2 && character.size() <= 4);
    const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(character[i]); };
    auto value = byte(0) & (0x7FU >> character.size());
    for (std::size_t i = 1; i < character.size(); ++i) value = value << 6U | (byte(i) & 0x3FU);
    return static_cast<wchar_t>(value);
}

Character first_of(std::string_view text) noexcept {
    const std::size_t length = utf8_length(text);
    if (length < 2) return {.bytes = 1, .columns = 1};
    const int width = ::wcwidth(code_point(text.substr(0, length)));
    return {.bytes = length, .columns = width < 0 ? 1 : static_cast<std::size_t>(width)};
}

/// The longest beginning of at most so many columns; what takes none stays with what it stands on.
std::string_view beginning(std::string_view text, std::size_t columns) noexcept {
    std::size_t at = 0;
    while (at < text.size()) {
        const Character next = first_of(text.substr(at));
        if (next.columns > columns) break;
        columns -= next.columns;
        at += next.bytes;
    }
    return text.substr(0, at);
}

/// The longest end of at most so many columns.
std::string_view ending(std::string_view text, std::size_t columns) noexcept {
    std::size_t wide = columns_of(text);
    while (wide > columns) {
        const Character next = first_of(text);
        wide -= next.columns;
        text.remove_prefix(next.bytes);
    }
    return text;
}

}  // namespace

std::size_t columns_of(std::string_view text) noexcept {
    std::size_t columns = 0;
    while (!text.empty()) {
        const Character next = first_of(text);
        columns += next.columns;
        text.remove_prefix(next.bytes);
    }
    return columns;
}

std::string shortened(std::string_view text, std::size_t columns) {
    constexpr std::string_view gap = "..";
    if (columns_of(text) <= columns) return std::string(text);
    if (columns < gap.size() + 2) return std::string(beginning(text, columns));
    const std::size_t room = columns - gap.size();
    const std::string_view front = beginning(text, room / 2);
    std::string out(front);
    out.append(gap).append(ending(text.substr(front.size()), room - columns_of(front)));
    FS_ASSERT(columns_of(out) <= columns);
    return out;
}

}  // namespace filesrv::client
