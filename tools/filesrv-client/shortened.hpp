// SPDX-License-Identifier: MIT
// Names that have to fit into a line of a terminal.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace filesrv::client {

/// Text of at most so many columns: its beginning and its end around `..`, since names differ at their ends. What has
/// no room for that is cut. No character is cut in two.
[[nodiscard]] std::string shortened(std::string_view text, std::size_t columns);

}  // namespace filesrv::client
