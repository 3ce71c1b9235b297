// SPDX-License-Identifier: MIT
// Timer wheel: constant-time schedule and cancel for deadlines that rarely fire.
#pragma once

#include <optional>

#include "event/wheel_slots.hpp"

namespace filesrv::event {

/// Deadlines of the monotonic clock. A timer fires never before its instant, and at most one tick after it as far as
/// the wheel goes; how late `advance` is called comes on top. Owns no timer. One thread only.
class TimerWheel {
public:
    explicit TimerWheel(Instant start = {}) noexcept : slots_(tick_at(start)) {}

    /// Files the timer under `when`, in place of an earlier deadline if it has one. A moment that has passed is due at
    /// the next `advance`, not in one that is running.
    void schedule(Timer& timer, Instant when) noexcept;

    /// Takes the timer out; harmless when it is not in.
    static void cancel(Timer& timer) noexcept { timer.unlink(); }

    /// Calls `on_due(Timer&)` for each timer due at `now`, earliest tick first. Each is out of the wheel before its
    /// call, which may schedule, cancel or destroy any timer: itself, or others that are due in the same advance.
    template <class OnDue>
    void advance(Instant now, OnDue&& on_due) {
        TimerList due;
        collect(now, due);
        while (!due.empty()) on_due(due.pop_front());
    }

    /// Before this moment `advance` has nothing to do; nothing when the wheel is empty. A far deadline is approached in
    /// at most a handful of steps, each about a sixty-fourth of the one before.
    [[nodiscard]] std::optional<Instant> next_due() const noexcept;

    [[nodiscard]] bool empty() const noexcept { return !next_due(); }

private:
    void collect(Instant now, TimerList& due) noexcept;

    WheelSlots slots_;
    TimerList passed_;  ///< scheduled for a tick that the position has reached: due at the next advance
};

}  // namespace filesrv::event
