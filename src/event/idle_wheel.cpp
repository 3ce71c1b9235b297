// SPDX-License-Identifier: MIT
// Idle wheel: the slots turned by a clock that runs T behind, and may fall back.
//
// The position of the slots never moves back. It stands where the wheel's clock came farthest: everybody with an
// earlier activity was looked at then. If T grows after that, those who are left in the slot of the position wait in
// `reached_`, and who is filed under an activity before it, in `behind_`, until the clock has come there once more.
#include "event/idle_wheel.hpp"

#include "base/assert.hpp"

namespace filesrv::event {

void IdleWheel::file(Timer& member, Instant activity) noexcept {
    member.unlink();
    member.tick_ = tick_after(activity);
    if (passing_ && member.tick_ <= slots_.position()) arrivals_.push_back(member);
    else place(member);
}

void IdleWheel::place(Timer& member) noexcept {
    if (member.tick_ > slots_.position()) return slots_.file(member);
    if (member.tick_ == slots_.position()) return reached_.push_back(member);
    earliest_behind_ = behind_.empty() ? member.tick_ : std::min(earliest_behind_, member.tick_);
    behind_.push_back(member);
}

void IdleWheel::begin_pass() noexcept {
    FS_ASSERT(!passing_);
    passing_ = true;
}

/// The next member due when the wheel's clock shows `limit`, taken out.
Timer* IdleWheel::take_due(Instant limit) noexcept {
    FS_ASSERT(passing_);
    if (limit < Instant()) return nullptr;  // the clock is younger than T
    const Tick tick = tick_at(limit);
    if (!behind_.empty() && earliest_behind_ <= tick) {
        if (Timer* member = take_behind(tick)) return member;
    }
    if (reached_.empty()) {
        if (!slots_.turn_to_next(tick, reached_)) return nullptr;
    } else if (slots_.position() > tick) {
        return nullptr;
    }
    return &reached_.pop_front();
}

/// The earliest of those behind, if it is due. They are few: going through all of them is cheap.
Timer* IdleWheel::take_behind(Tick limit) noexcept {
    TimerList others;
    Timer* earliest = nullptr;
    while (!behind_.empty()) {
        Timer& member = behind_.pop_front();
        if (earliest == nullptr || member.tick_ < earliest->tick_) earliest = &member;
        others.push_back(member);
    }
    behind_.splice_back(others);
    if (earliest == nullptr) return nullptr;
    earliest_behind_ = earliest->tick_;  // a bound again: a member that left may have made it too low
    if (earliest->tick_ > limit) return nullptr;
    earliest->unlink();
    return earliest;
}

void IdleWheel::end_pass(Instant limit) noexcept {
    FS_ASSERT(passing_);
    passing_ = false;
    // Over empty ticks the position follows, so that new members are filed near and need no second filing. If somebody
    // is left in `reached_`, the clock has fallen back behind the position, and this does nothing.
    if (limit >= Instant()) slots_.skip_to(tick_at(limit));
    TimerList arrivals;
    arrivals.splice_back(arrivals_);
    while (!arrivals.empty()) place(arrivals.pop_front());
}

std::optional<Instant> IdleWheel::next_look(Duration timeout) const noexcept {
    if (!behind_.empty()) return instant_of(earliest_behind_) + timeout;
    if (!reached_.empty()) return instant_of(slots_.position()) + timeout;
    const auto next = slots_.next();
    return next ? std::optional(instant_of(*next) + timeout) : std::nullopt;
}

}  // namespace filesrv::event
