// SPDX-License-Identifier: MIT
// Standard output: what is written there, and how it wants to look.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "tools/filesrvctl/style.hpp"

namespace filesrv::ctl {

/// A line, at once. Throws Failure (1) when nobody can take it: a full disk behind a redirection.
void print(std::string_view line);
void print(const std::vector<std::string>& lines);

/// As standard output wants it.
[[nodiscard]] Style output_style();

/// The columns of the terminal that it is; 0 = it is none, lines may be as long as they are.
[[nodiscard]] std::size_t output_columns();

}  // namespace filesrv::ctl
