// SPDX-License-Identifier: MIT
// Time as types: instants of the monotonic clock for deadlines, wall time for dates. Where they come from is os/clock.
#pragma once

#include <chrono>
#include <cstdint>

namespace filesrv {

/// The tag of the monotonic clock: instants of it never mix with dates.
struct MonotonicClock {
    using duration = std::chrono::nanoseconds;
    using rep = duration::rep;
    using period = duration::period;
    using time_point = std::chrono::time_point<MonotonicClock>;
    static constexpr bool is_steady = true;
};

using Duration = std::chrono::nanoseconds;
using Instant = MonotonicClock::time_point;
/// Nanoseconds since 1970-01-01 UTC, as in a file's times.
using WallTime = std::chrono::time_point<std::chrono::system_clock, std::chrono::nanoseconds>;

/// A length of time in seconds, with what is less than one: for people and for JSON.
[[nodiscard]] constexpr double seconds_of(Duration duration) noexcept { return std::chrono::duration<double>(duration).count(); }

/// A source of time that tests replace. The loop reads it once a turn.
class Clock {
public:
    Clock() = default;
    Clock(const Clock&) = delete;
    Clock& operator=(const Clock&) = delete;
    virtual ~Clock() = default;
    [[nodiscard]] virtual Instant now() const noexcept = 0;
};

/// A clock that stands until it is moved.
class ManualClock final : public Clock {
public:
    [[nodiscard]] Instant now() const noexcept override { return now_; }
    void advance(Duration by) noexcept { now_ += by; }

private:
    Instant now_{};
};

}  // namespace filesrv
