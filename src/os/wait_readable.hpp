// SPDX-License-Identifier: MIT
// One look at many descriptors, poll(2), without waiting.
#pragma once

#include <span>

#include "os/fd.hpp"

namespace filesrv::os {

/// Whether any of them is readable, has hung up, or is in error, now.
[[nodiscard]] bool any_readable(std::span<const Fd> descriptors);

}  // namespace filesrv::os
