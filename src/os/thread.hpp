// SPDX-License-Identifier: MIT
// Threads that take no signals and can be joined by whoever comes next, pthread_create(3).
#pragma once

#include <pthread.h>

#include "base/error.hpp"

namespace filesrv::os {

/// Names a running or finished thread until join() was called with it, once.
struct ThreadHandle {
    pthread_t value;
};

/// Starts a thread with every signal blocked, so that signals reach only the thread that waits for them.
/// Fails with EAGAIN when the system or the control group allows no more.
[[nodiscard]] Result<ThreadHandle> start_thread(void* (*entry)(void*), void* argument) noexcept;

/// The caller, as somebody else may join it.
[[nodiscard]] ThreadHandle this_thread() noexcept;

/// What /proc/PID/task/TID/comm and debuggers show; the kernel keeps at most 15 bytes, the rest is cut.
void name_this_thread(const char* name) noexcept;

/// How often the caller has waited for something so far: getrusage(2), voluntary context switches. Always 0 where the
/// system does not count them for a thread.
[[nodiscard]] long waits_of_this_thread() noexcept;

/// Waits until the thread has ended and frees what the system kept of it.
void join(ThreadHandle thread) noexcept;

}  // namespace filesrv::os
