// SPDX-License-Identifier: MIT
// Whether something stops the program, tried in a process of its own.
#pragma once

#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/assert.hpp"

namespace filesrv::test {

/// Whether the action ends in an abort. Its effects stay in the child; no other thread may be running.
template <class Action>
[[nodiscard]] bool aborts(Action&& action) {
    const pid_t child = ::fork();
    FS_ASSERT(child >= 0);
    if (child == 0) {
        const rlimit no_core{};
        (void)::setrlimit(RLIMIT_CORE, &no_core);
        (void)::signal(SIGABRT, SIG_DFL);  // the test program's own handler would report a crash
        (void)::close(STDERR_FILENO);      // what the assertion prints is expected
        action();
        ::_exit(0);
    }
    int status = 0;
    FS_ASSERT(::waitpid(child, &status, 0) == child);
    return WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT;
}

}  // namespace filesrv::test
