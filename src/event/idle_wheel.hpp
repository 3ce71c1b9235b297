// SPDX-License-Identifier: MIT
// Idle wheel: who has been silent for T(n), where T is one number for all and changes with every open and close.
//
// Filing members under their deadline would mean re-filing everybody when T changes. So they are filed under the time
// at which they were last known to be active, and the wheel's own clock is `now − T`: a member is due when that clock
// reaches its activity. When T shrinks the clock leaps ahead and covers more slots; when T grows it falls back and
// those who are left wait where they are. Nobody is re-armed either way.
#pragma once

#include <algorithm>
#include <cstddef>
#include <optional>

#include "event/wheel_slots.hpp"

namespace filesrv::event {

/// T(n) = max(minimum, maximum − n · 1 s).
struct TimeoutRule {
    Duration minimum = std::chrono::seconds(5);
    Duration maximum = std::chrono::seconds(20);

    /// T with `open` connections.
    [[nodiscard]] constexpr Duration at(std::size_t open) const noexcept {
        const auto whole_seconds = std::chrono::duration_cast<std::chrono::seconds>(maximum).count();
        // A second more than there is in the maximum is enough to come out below any minimum.
        const auto enough = static_cast<std::size_t>(std::max(whole_seconds, std::int64_t{0})) + 1;
        return std::max(minimum, maximum - std::chrono::seconds(static_cast<std::int64_t>(std::min(open, enough))));
    }
};

/// Members by last activity. Owns none of them. One thread only. Never early; late by a tick (33.5 ms) at most, and by
/// as much as `advance` is called late.
class IdleWheel {
public:
    explicit IdleWheel(Instant start = {}) noexcept : slots_(tick_at(start)) {}

    /// Files the member under its activity, in place of where it is now. An activity may be long past; if it is due at
    /// once and `advance` is running, the next one sees it.
    void file(Timer& member, Instant activity) noexcept;

    /// Takes the member out; harmless when it is not in.
    static void cancel(Timer& member) noexcept { member.unlink(); }

    /// Calls `look(Timer&)` for every member whose filed activity plus T has come, earliest tick first and in the order
    /// of filing within a tick. The member is out of the wheel then: `look` files it again under a later activity, or
    /// lets it go. `timeout()` is asked before every look, since a look may close and so make T grow: those who are
    /// then no longer due stay.
    template <class TimeoutFn, class LookFn>
    void advance(Instant now, TimeoutFn&& timeout, LookFn&& look) {
        begin_pass();
        Instant limit;
        while (Timer* member = take_due(limit = now - timeout())) look(*member);
        end_pass(limit);
    }

    /// Before this moment `advance` has nothing to do if T stays what it is; nothing when the wheel is empty.
    [[nodiscard]] std::optional<Instant> next_look(Duration timeout) const noexcept;

    [[nodiscard]] bool empty() const noexcept { return !next_look(Duration::zero()); }

private:
    void place(Timer& member) noexcept;
    void begin_pass() noexcept;
    [[nodiscard]] Timer* take_due(Instant limit) noexcept;
    [[nodiscard]] Timer* take_behind(Tick limit) noexcept;
    void end_pass(Instant limit) noexcept;

    WheelSlots slots_;
    TimerList reached_;   ///< filed under the very tick at which the position stands
    TimerList behind_;    ///< filed under an earlier one: few, since it takes an old activity and a T that has grown
    TimerList arrivals_;  ///< filed by a look at or behind the position: wait for the next pass, or it might never end
    Tick earliest_behind_ = 0;  ///< nobody in `behind_` has an earlier tick
    bool passing_ = false;
};

}  // namespace filesrv::event
