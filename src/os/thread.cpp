// SPDX-License-Identifier: MIT
// Threads that take no signals and can be joined by whoever comes next, pthread_create(3).
#include "os/thread.hpp"

#include <cstddef>
#include <cstring>

#include <signal.h>
#include <sys/resource.h>

#include "base/assert.hpp"

namespace filesrv::os {
namespace {

// TASK_COMM_LEN of Linux with its NUL, pthread_setname_np(3); other systems allow more.
constexpr std::size_t name_bytes_max = 16;

/// Blocks every signal while it lives: a thread inherits its creator's mask, so none can slip in before it blocks its own.
class SignalsBlocked {
public:
    SignalsBlocked() noexcept {
        sigset_t all;
        sigfillset(&all);
        FS_ASSERT(::pthread_sigmask(SIG_SETMASK, &all, &before_) == 0);
    }
    SignalsBlocked(const SignalsBlocked&) = delete;
    SignalsBlocked& operator=(const SignalsBlocked&) = delete;
    ~SignalsBlocked() { FS_ASSERT(::pthread_sigmask(SIG_SETMASK, &before_, nullptr) == 0); }

private:
    sigset_t before_;
};

}  // namespace

Result<ThreadHandle> start_thread(void* (*entry)(void*), void* argument) noexcept {
    FS_ASSERT(entry != nullptr);
    const SignalsBlocked blocked;
    ThreadHandle thread{};
    const int code = ::pthread_create(&thread.value, nullptr, entry, argument);
    if (code != 0) return failure(code, "pthread_create");
    return thread;
}

ThreadHandle this_thread() noexcept { return {::pthread_self()}; }

void name_this_thread(const char* name) noexcept {
    char cut[name_bytes_max] = {};
    std::strncpy(cut, name, sizeof cut - 1);
#ifdef __APPLE__
    const int code = ::pthread_setname_np(cut);
#else
    const int code = ::pthread_setname_np(::pthread_self(), cut);
#endif
    FS_ASSERT(code == 0);
}

long waits_of_this_thread() noexcept {
#ifdef RUSAGE_THREAD
    rusage used{};
    FS_ASSERT(::getrusage(RUSAGE_THREAD, &used) == 0);
    return used.ru_nvcsw;
#else
    return 0;
#endif
}

void join(ThreadHandle thread) noexcept {
    FS_ASSERT(::pthread_equal(thread.value, ::pthread_self()) == 0);
    FS_ASSERT(::pthread_join(thread.value, nullptr) == 0);
}

}  // namespace filesrv::os
