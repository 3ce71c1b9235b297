// SPDX-License-Identifier: MIT
// malloc(3) of glibc, told by mallopt(3).
#include "os/heap.hpp"

#include <malloc.h>

namespace filesrv::os {

void keep_freed_memory() noexcept {
    constexpr int kept_bytes = 32 * 1024 * 1024;
    constexpr int mapped_bytes_min = 1024 * 1024;
    // The second too: once either is set, glibc no longer learns from what is freed, and maps from 128 KiB on.
    static_cast<void>(::mallopt(M_TRIM_THRESHOLD, kept_bytes));
    static_cast<void>(::mallopt(M_MMAP_THRESHOLD, mapped_bytes_min));
}

}  // namespace filesrv::os
