// SPDX-License-Identifier: MIT
// "Did you mean …": the known name with the smallest edit distance.
#pragma once

#include <span>
#include <string_view>

namespace filesrv {

/// Levenshtein distance, with a swap of neighbours counted as one.
[[nodiscard]] std::size_t edit_distance(std::string_view a, std::string_view b);

/// The nearest of `known`, the first of equals. `known` is not empty.
[[nodiscard]] std::string_view nearest(std::string_view name, std::span<const std::string_view> known);

}  // namespace filesrv
