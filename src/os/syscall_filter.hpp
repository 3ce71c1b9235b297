// SPDX-License-Identifier: MIT
// A process that gives up the system calls it has no use for, seccomp(2).
#pragma once

#include "base/error.hpp"

namespace filesrv::os {

/// Whether filter_system_calls() is built in and knows this processor.
[[nodiscard]] bool can_filter_system_calls() noexcept;

/// From now on the calling thread, and all that it starts, make only the system calls of a file server that is up:
/// they read, write, rename, wait, and start threads; they neither start programs or processes, nor open sockets but
/// Unix ones, nor map memory that could be executed, nor change who they are. Anything else fails with ENOSYS, as in a
/// kernel that does not have it, since that is what a C library has a second way for. Gives up new privileges for good
/// (PR_SET_NO_NEW_PRIVS). Before any other thread. ENOSYS where can_filter_system_calls() is false.
[[nodiscard]] Result<void> filter_system_calls();

}  // namespace filesrv::os
