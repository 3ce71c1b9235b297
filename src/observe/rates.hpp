// SPDX-License-Identifier: MIT
// Rates: what happens a second, on average over the last second, ten, and sixty.
#pragma once

#include <cstdint>
#include <deque>

#include "base/clock.hpp"
#include "base/mutex.hpp"
#include "observe/snapshot.hpp"

namespace filesrv::observe {

/// Counts that only grow.
struct Done {
    std::uint64_t requests = 0;
    std::uint64_t in = 0;  ///< bytes
    std::uint64_t out = 0;

    bool operator==(const Done&) const noexcept = default;
};

/// Remembers what had been done when, for a minute. It is to be told once a second while something happens; when nothing
/// is told for longer, nothing has happened, and the rates fall with time by themselves.
class RateMeter {
public:
    /// Nothing has been done at `start`, or what is given.
    explicit RateMeter(Instant start, Done done = {});

    /// `now` and `done` do not fall. What comes within a second of the last sample may be passed over. Any thread.
    void sample(Instant now, const Done& done);

    /// Before a window's length has passed, the rate is that since the start, of which the first second counts in full.
    [[nodiscard]] Rates rates(Instant now, const Done& done) const;

private:
    struct Point {
        Instant when;
        Done done;
    };

    [[nodiscard]] Rate over(Duration window, Instant now, const Done& done) const FS_REQUIRES(mutex_);
    [[nodiscard]] Rate done_at(Instant when, const Point& last) const FS_REQUIRES(mutex_);

    mutable Mutex mutex_;
    std::deque<Point> points_ FS_GUARDED_BY(mutex_);  ///< ascending, at least one; between two of them all went on evenly
};

}  // namespace filesrv::observe
