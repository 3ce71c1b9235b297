// SPDX-License-Identifier: MIT
// Names shortened in their middle.
#include "tools/filesrv-client/shortened.hpp"

#include "base/assert.hpp"
#include "base/columns.hpp"

namespace filesrv::client {
namespace {

/// The longest beginning of at most so many columns; what takes none stays with what it stands on.
std::string_view beginning(std::string_view text, std::size_t columns) noexcept {
    std::string_view left = text;
    while (!left.empty()) {
        std::string_view next = left;
        const std::size_t width = take_character(next);
        if (width > columns) break;
        columns -= width;
        left = next;
    }
    return text.substr(0, text.size() - left.size());
}

/// The longest end of at most so many columns.
std::string_view ending(std::string_view text, std::size_t columns) noexcept {
    std::size_t wide = columns_of(text);
    while (wide > columns) wide -= take_character(text);
    return text;
}

}  // namespace

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
