// SPDX-License-Identifier: MIT
// Counts that one thread writes and any thread may read: no shared cache line is written on the path of a request.
#pragma once

#include <atomic>
#include <cstdint>
#include <deque>
#include <vector>

#include "base/count.hpp"
#include "base/mutex.hpp"
#include "observe/histogram.hpp"
#include "serve/answer_counts.hpp"

namespace filesrv::serve {

/// What one thread did. A cache line pair of its own, so that threads do not share one.
struct alignas(128) Counters {
    Count leases_taken;      ///< leases that this thread entered
    Count leases_returned;   ///< leases that this thread gave back, handed on, or ended by closing
    Count requests_begun;    ///< heads that were complete
    Count requests_ended;    ///< answers whose last byte went out, or that were cut off
    Count bytes_received;
    Count bytes_sent;
    std::atomic<std::int64_t> last_end_ns{0};  ///< monotonic time of the last requests_ended
    Count errors;            ///< answers of 500 and more
    std::atomic<std::int64_t> first_sent_ns{0};  ///< monotonic time of the first byte sent; 0 = none yet
    Count uploads_failed;    ///< begun, and not stored
    Count uploads_refused;   ///< not begun
    AnswerCounts answers;
    observe::LatencyHistogram latency;  ///< of requests that were understood, and whose answers went out whole

    void sent(std::uint64_t bytes) noexcept {
        bytes_sent.add(bytes);
        if (bytes > 0 && first_sent_ns.load(std::memory_order_relaxed) == 0) note_first_sent();
    }

private:
    void note_first_sent() noexcept;
};

/// What all threads did. A sum of each count, read one after the other: monotonic, and exact when nobody works.
struct Totals {
    std::uint64_t leases_taken = 0;
    std::uint64_t leases_returned = 0;
    std::uint64_t requests_begun = 0;
    std::uint64_t requests_ended = 0;
    std::uint64_t bytes_received = 0;
    std::uint64_t bytes_sent = 0;
    std::int64_t last_end_ns = 0;
    std::uint64_t uploads = 0;        ///< files stored
    std::uint64_t uploads_failed = 0;
    std::uint64_t uploads_refused = 0;
    std::uint64_t errors = 0;
    std::int64_t first_sent_ns = 0;   ///< of all threads; 0 = none yet
};

/// Lends counters to threads. What a thread counted stays when it leaves; the next one counts on from there.
class CounterRegistry {
public:
    [[nodiscard]] Counters& lend();
    void give_back(Counters& counters) noexcept;
    /// A file was stored. Any thread: beside the work of an upload a shared count costs nothing.
    void count_upload() noexcept { uploads_.fetch_add(1, std::memory_order_relaxed); }

    /// Requests that have ended are read before those that have begun: when both are equal, there was a moment
    /// between the two readings at which none was in flight.
    [[nodiscard]] Totals sum() const;
    /// Answers made so far by method and code, sorted; and how long they took.
    [[nodiscard]] std::vector<observe::RequestCount> answers() const;
    [[nodiscard]] observe::LatencyFigures latency() const;

private:
    mutable Mutex mutex_;  ///< taken when a thread comes or goes, and by readers
    std::deque<Counters> all_ FS_GUARDED_BY(mutex_);
    std::vector<Counters*> free_ FS_GUARDED_BY(mutex_);
    std::atomic<std::uint64_t> uploads_{0};
};

}  // namespace filesrv::serve
