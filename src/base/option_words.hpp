// SPDX-License-Identifier: MIT
// Words of a command line, before and after CLI11: what it gets wrong, and what it cannot place.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace filesrv {

/// The words from the back, as CLI11 takes them. `--root=` becomes two, the second empty: CLI11 would take the next for it.
[[nodiscard]] std::vector<std::string> reversed_words(std::span<const char* const> words);

/// `unknown option --rooot; the nearest known one is --root`, of a word that begins with a dash. `known` are names without
/// dashes, help and version among them: to a lone letter nothing else is near.
[[nodiscard]] std::string unknown_option(std::string_view word, std::span<const std::string_view> known);

}  // namespace filesrv
