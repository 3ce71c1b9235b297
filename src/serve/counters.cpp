// SPDX-License-Identifier: MIT
// Counts that one thread writes and any thread may read: lending them out, and summing them up.
#include "serve/counters.hpp"

#include <algorithm>

#include "base/assert.hpp"
#include "os/clock.hpp"

namespace filesrv::serve {

void Counters::note_first_sent() noexcept {
    first_sent_ns.store(os::monotonic_now().time_since_epoch().count(), std::memory_order_release);
}

Counters& CounterRegistry::lend() {
    const MutexLock lock(mutex_);
    if (free_.empty()) {
        free_.reserve(all_.size() + 1);  // giving back must not fail
        return all_.emplace_back();
    }
    Counters& counters = *free_.back();
    free_.pop_back();
    return counters;
}

void CounterRegistry::give_back(Counters& counters) noexcept {
    const MutexLock lock(mutex_);
    FS_ASSERT(std::ranges::find(free_, &counters) == free_.end());
    free_.push_back(&counters);
}

Totals CounterRegistry::sum() const {
    const MutexLock lock(mutex_);
    Totals totals;
    for (const Counters& one : all_) {
        totals.requests_ended += one.requests_ended.read();
        totals.leases_returned += one.leases_returned.read();
        totals.last_end_ns = std::max(totals.last_end_ns, one.last_end_ns.load(std::memory_order_acquire));
    }
    for (const Counters& one : all_) {
        totals.requests_begun += one.requests_begun.read();
        totals.leases_taken += one.leases_taken.read();
        totals.bytes_received += one.bytes_received.read();
        totals.bytes_sent += one.bytes_sent.read();
        totals.errors += one.errors.read();
        totals.uploads_failed += one.uploads_failed.read();
        totals.uploads_refused += one.uploads_refused.read();
        const std::int64_t first = one.first_sent_ns.load(std::memory_order_acquire);
        if (first > 0) totals.first_sent_ns = totals.first_sent_ns > 0 ? std::min(totals.first_sent_ns, first) : first;
    }
    totals.uploads = uploads_.load(std::memory_order_relaxed);
    return totals;
}

std::vector<observe::RequestCount> CounterRegistry::answers() const {
    const MutexLock lock(mutex_);
    AnswerSum sum;
    for (const Counters& one : all_) sum.add(one.answers);
    return sum.counts();
}

observe::LatencyFigures CounterRegistry::latency() const {
    const MutexLock lock(mutex_);
    observe::LatencySum sum;
    for (const Counters& one : all_) sum.add(one.latency);
    return sum.figures();
}

}  // namespace filesrv::serve
