// SPDX-License-Identifier: MIT
// How wide text is on a terminal, where some characters take two columns and some take none.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace filesrv::client {

/// Columns that printable text takes, by wcwidth(3) of the current locale; what it does not know counts one.
[[nodiscard]] std::size_t columns_of(std::string_view text) noexcept;

/// Text of at most so many columns: its beginning and its end around `..`, since names differ at their ends. What has
/// no room for that is cut. No character is cut in two.
[[nodiscard]] std::string shortened(std::string_view text, std::size_t columns);

}  // namespace filesrv::client
