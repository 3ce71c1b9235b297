// SPDX-License-Identifier: MIT
// What the process leaves with, and which of two is the worse.
#pragma once

#include <algorithm>

namespace filesrv::client {

/// In the order of badness, so that the worst of a batch is the greatest.
enum class ExitStatus : int {
    success = 0,
    answer = 1,         ///< some answer was an error, or a file here could not be read or written
    usage = 2,
    connection = 3,     ///< no connection, or it broke before the end
    interrupted = 130,  ///< by SIGINT, as a shell says it
};

[[nodiscard]] constexpr ExitStatus worse(ExitStatus a, ExitStatus b) noexcept { return std::max(a, b); }

[[nodiscard]] constexpr int code(ExitStatus status) noexcept { return static_cast<int>(status); }

}  // namespace filesrv::client
