// SPDX-License-Identifier: MIT
// When this process began: as near to exec as a program can know.
#pragma once

#include "os/clock.hpp"

namespace filesrv::daemon {

/// Read before main(). What the kernel and the dynamic linker took before, half a millisecond, no clock of the process
/// tells: /proc/self/stat counts from the fork, in hundredths of a second.
inline const Instant process_began = os::monotonic_now();

}  // namespace filesrv::daemon
