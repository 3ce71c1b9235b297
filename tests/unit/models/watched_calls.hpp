// SPDX-License-Identifier: MIT
// A test that is asked before every system call of the code under test: the moments at which the world may change.
//
// Only calls that matter to who is watched here are told of, and only those of the thread that made the watcher. Its
// clocks are the watcher's: sleeping takes no time, it moves the clock.
#pragma once

#include <sys/stat.h>

#include <cstddef>
#include <string_view>

#include "base/clock.hpp"

namespace filesrv::test {

class CallWatcher {
public:
    CallWatcher();
    CallWatcher(const CallWatcher&) = delete;
    CallWatcher& operator=(const CallWatcher&) = delete;
    virtual ~CallWatcher();

    /// The one of the calling thread, if any.
    [[nodiscard]] static CallWatcher* now() noexcept;

    virtual void before(std::string_view call) = 0;
    /// poll(2) or epoll_wait(2) finds nothing, whatever is there: for tests of the tests.
    [[nodiscard]] virtual bool is_blind(std::string_view /*call*/) { return false; }
    /// Changes what fstat(2) and fstatat(2) tell.
    virtual void after_stat(struct stat& /*found*/) {}
    /// CLOCK_REALTIME, if it is not to be the system's.
    [[nodiscard]] virtual const WallTime* wall_time() { return nullptr; }

    Duration ahead{};  ///< of the system's monotonic clock
};

}  // namespace filesrv::test
