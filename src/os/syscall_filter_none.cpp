// SPDX-License-Identifier: MIT
// Where system calls are not filtered.
#include <cerrno>

#include "os/syscall_filter.hpp"

namespace filesrv::os {

bool can_filter_system_calls() noexcept { return false; }

Result<void> filter_system_calls() { return failure(ENOSYS, "seccomp"); }

}  // namespace filesrv::os
