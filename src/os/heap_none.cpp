// SPDX-License-Identifier: MIT
// A malloc(3) that takes no advice.
#include "os/heap.hpp"

namespace filesrv::os {

void keep_freed_memory() noexcept {}

}  // namespace filesrv::os
