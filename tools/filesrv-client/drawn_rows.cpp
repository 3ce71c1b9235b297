// SPDX-License-Identifier: MIT
// Columns of characters as libedit shows them, and the rows that they take.
#include "tools/filesrv-client/drawn_rows.hpp"

#include <cwchar>
#include <cwctype>

#include "base/assert.hpp"

namespace filesrv::client {
namespace {

// What is not printable is shown as "\U+1234A", a tab goes to a multiple of eight.
constexpr std::size_t widest_character = 8;

// The row where the next character may go, and one for what the counts may differ by.
constexpr std::size_t spare_rows = 2;

std::size_t columns_at_most(wchar_t character, std::size_t across) noexcept {
    if (character >= L' ' && character < L'\x7f') return 1;
    if (character == L'\n') return across;
    if (character < L' ' && character != L'\t') return 2;  // ^A
    if (std::iswprint(static_cast<wint_t>(character)) == 0) return widest_character;
    return ::wcwidth(character) > 1 ? 3 : 1;  // a wide one that does not fit leaves a column empty
}

}  // namespace

bool may_fill(std::wstring_view line, std::size_t prompt_columns, os::WindowSize screen) noexcept {
    FS_ASSERT(screen.columns > 0 && screen.rows > 0);
    if (screen.columns < widest_character || screen.rows <= spare_rows) return true;
    const std::size_t room = std::size_t{screen.columns} * (screen.rows - spare_rows);
    std::size_t columns = prompt_columns;
    for (const wchar_t character : line) {
        if (columns >= room) return true;  // here, or a line without end would be counted at each of its keys
        columns += columns_at_most(character, screen.columns);
    }
    return columns >= room;
}

}  // namespace filesrv::client
