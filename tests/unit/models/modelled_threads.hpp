// SPDX-License-Identifier: MIT
// The C library's mutexes, condition variables and threads, as the explorer runs them: code that uses std::mutex and
// std::condition_variable runs as it was built, every order of its critical sections, wake-ups and timeouts included.
//
// The functions stand in front of the C library's (a symbol of the program wins over one of a library) and pass on to it
// outside of an exploration. A wait with a deadline may time out at any moment; one without may wake for no reason, once
// in a run, as pthread_cond_wait(3) allows.
#pragma once

#include "base/error.hpp"
#include "os/thread.hpp"

namespace filesrv::test {

/// What is wrong with the threads of this machine: for tests of the tests.
enum class ThreadFault {
    none,
    wait_lets_go_too_early,  ///< a wait gives up its mutex before it can be woken
    loses_a_wake,            ///< the first wake of a run is not delivered
    mutex_excludes_nobody,
};

/// Of one run: made by the scenario before it locks anything, gone with it.
class ModelledThreads {
public:
    explicit ModelledThreads(ThreadFault fault = ThreadFault::none, int idle_wakes = 1) noexcept;
    ModelledThreads(const ModelledThreads&) = delete;
    ModelledThreads& operator=(const ModelledThreads&) = delete;
    ~ModelledThreads();
};

/// For os::start_thread().
[[nodiscard]] Result<os::ThreadHandle> start_modelled_thread(void* (*entry)(void*), void* argument) noexcept;

}  // namespace filesrv::test
