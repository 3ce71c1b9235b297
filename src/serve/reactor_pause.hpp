// SPDX-License-Identifier: MIT
// A rest for all reactors but the caller's, so that one thread may look at what belongs to them.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <memory>
#include <span>
#include <vector>

#include "base/mutex.hpp"

namespace filesrv::serve {

class Reactor;

/// While it lives, every reactor but the first, whose thread makes it, waits between two turns. Costs nothing with one.
/// Reactors never block elsewhere, so all come to rest within a turn.
class ReactorPause {
public:
    explicit ReactorPause(std::span<const std::unique_ptr<Reactor>> reactors);
    ReactorPause(const ReactorPause&) = delete;
    ReactorPause& operator=(const ReactorPause&) = delete;
    /// Lets them go on, and waits until the last has noticed: nobody refers to the pause any more.
    ~ReactorPause();

private:
    class Rest;

    void wait_for_all();
    void end();

    Mutex mutex_;
    std::condition_variable changed_;
    std::size_t resting_ FS_GUARDED_BY(mutex_) = 0;
    bool over_ FS_GUARDED_BY(mutex_) = false;
    std::vector<std::unique_ptr<Rest>> rests_;
};

}  // namespace filesrv::serve
