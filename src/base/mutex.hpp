// SPDX-License-Identifier: MIT
// A mutex that clang watches over: what is guarded by it can be touched only where the compiler sees it locked.
//
// The library's own are not annotated. A build with clang takes a breach for an error (-Wthread-safety); with others the
// annotations are nothing, and the classes no more than std::mutex and std::unique_lock. A lambda is another function to
// the analysis, which does not see what its surroundings hold: hence a wait without a predicate, in a loop of the caller's.
// Nor does it look into constructors and destructors, so what they lock for is a function that they call.
// Locks that are handed about, or of which one of several is chosen as the program runs, it cannot follow; those stay
// std::mutex.
#pragma once

#include <condition_variable>
#include <mutex>

#include "base/clock.hpp"

// Clang's manual, "Thread Safety Analysis".
#ifdef __clang__
#define FS_ANALYSED(attribute) __attribute__((attribute))
#else
#define FS_ANALYSED(attribute)
#endif
/// Behind a member: only with the mutex held.
#define FS_GUARDED_BY(mutex) FS_ANALYSED(guarded_by(mutex))
/// Behind a function's parameters: whoever calls it holds the mutex.
#define FS_REQUIRES(mutex) FS_ANALYSED(requires_capability(mutex))

namespace filesrv {

/// Locked by a MutexLock and by nothing else.
class FS_ANALYSED(capability("mutex")) Mutex {
private:
    friend class MutexLock;
    std::mutex mutex_;
};

/// Holds a mutex from its making to its end, but for what happens between unlock() and lock().
class FS_ANALYSED(scoped_lockable) MutexLock {
public:
    explicit MutexLock(Mutex& mutex) FS_ANALYSED(acquire_capability(mutex)) : lock_(mutex.mutex_) {}
    MutexLock(const MutexLock&) = delete;
    MutexLock& operator=(const MutexLock&) = delete;
    ~MutexLock() FS_ANALYSED(release_capability()) {}

    void unlock() FS_ANALYSED(release_capability()) { lock_.unlock(); }
    void lock() FS_ANALYSED(acquire_capability()) { lock_.lock(); }

    /// Until somebody notifies, or for no reason at all: the caller looks again at what it waits for. Held again afterwards.
    void wait(std::condition_variable& changed) { changed.wait(lock_); }
    /// False: nobody has notified for so long.
    [[nodiscard]] bool wait_for(std::condition_variable& changed, Duration longest) {
        return changed.wait_for(lock_, longest) == std::cv_status::no_timeout;
    }

private:
    std::unique_lock<std::mutex> lock_;
};

}  // namespace filesrv
