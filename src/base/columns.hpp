// SPDX-License-Identifier: MIT
// How wide text is on a terminal, where some characters take two columns and some none. Pure: no locale is asked.
#pragma once

#include <cstddef>
#include <string_view>

namespace filesrv {

/// Takes one character off the front of text that is not empty, or a byte that begins none; the columns that it takes.
[[nodiscard]] std::size_t take_character(std::string_view& text) noexcept;

/// Columns that printable text takes: a character each, but combining marks none and East Asian wide ones two. A byte
/// that is no UTF-8 counts one. Without escape sequences in it.
[[nodiscard]] std::size_t columns_of(std::string_view text) noexcept;

}  // namespace filesrv
