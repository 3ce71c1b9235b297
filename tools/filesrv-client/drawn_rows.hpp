// SPDX-License-Identifier: MIT
// Whether a line that is being typed may fill the terminal, by libedit's way to draw it. Pure but for the locale.
#pragma once

#include <cstddef>
#include <string_view>

#include "os/terminal.hpp"

namespace filesrv::client {

/// Whether libedit may count so many rows for this line, behind a prompt of `prompt_columns`, that the last rows of the screen
/// are reached. Where its counts differ from each other, by the largest; a screen so narrow that one character goes over
/// several rows counts as full. LC_CTYPE says which characters are shown as they are.
[[nodiscard]] bool may_fill(std::wstring_view line, std::size_t prompt_columns, os::WindowSize screen) noexcept;

}  // namespace filesrv::client
