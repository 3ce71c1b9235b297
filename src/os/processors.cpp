// SPDX-License-Identifier: MIT
// How many threads can run at once.
#include "os/processors.hpp"

#include <algorithm>
#include <thread>

namespace filesrv::os {

// The C++ library asks sched_getaffinity(2), so a process that is tied to a processor counts one.
std::size_t processors() noexcept {
    static const std::size_t count = std::max(1u, std::thread::hardware_concurrency());
    return count;
}

}  // namespace filesrv::os
