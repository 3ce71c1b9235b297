// SPDX-License-Identifier: MIT
// Workers that do not come back from a call: found by looking now and then, so that a mark need not read the clock.
#include <algorithm>

#include "base/assert.hpp"
#include "serve/worker_pool.hpp"

namespace filesrv::serve {

StuckWorkers WorkerPool::look_for_stuck(Instant now, Duration limit) {
    FS_ASSERT(limit > Duration::zero());
    StuckWorkers found;
    const MutexLock lock(mutex_);
    for (const auto& worker : slots_) {
        const std::uint32_t serial = worker->mark_serial_.load(std::memory_order_relaxed);
        const bool marked = serial % 2 == 1;
        if (!marked || serial != worker->seen_serial_) {
            if (worker->stuck_) found.recovered.push_back(worker->number_);
            worker->seen_serial_ = serial;
            worker->seen_at_ = now;
            worker->stuck_ = false;
            continue;
        }
        if (!worker->stuck_ && now - worker->seen_at_ >= limit) {
            worker->stuck_ = true;
            ++counters_.stuck_ever;
            found.fresh.push_back(worker->number_);
        }
        if (worker->stuck_) ++found.now;
    }
    counters_.stuck = found.now;
    FS_ASSERT(counters_.stuck <= counters_.total);
    return found;
}

bool WorkerPool::can_take_work() const {
    const MutexLock lock(mutex_);
    const bool may_begin = counters_.total < workers_max_ && !failing_;
    return counters_.stuck < counters_.total || may_begin;
}

}  // namespace filesrv::serve
