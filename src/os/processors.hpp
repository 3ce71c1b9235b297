// SPDX-License-Identifier: MIT
// How many threads can run at once, sched_getaffinity(2).
#pragma once

#include <cstddef>

namespace filesrv::os {

/// Processors this process may use; at least 1.
[[nodiscard]] std::size_t processors() noexcept;

}  // namespace filesrv::os
