// SPDX-License-Identifier: MIT
// Timer wheel: deadlines in slots.
#include "event/timer_wheel.hpp"

namespace filesrv::event {

void TimerWheel::schedule(Timer& timer, Instant when) noexcept {
    timer.unlink();
    timer.tick_ = tick_after(when);
    if (timer.tick_ <= slots_.position()) passed_.push_back(timer);
    else slots_.file(timer);
}

/// Everything due is set aside before the first callback runs: what callbacks schedule cannot prolong this advance, and
/// what they cancel leaves the list of the due like any other.
void TimerWheel::collect(Instant now, TimerList& due) noexcept {
    const Tick tick = tick_at(now);
    due.splice_back(passed_);
    while (slots_.turn_to_next(tick, due)) {}
    slots_.skip_to(tick);
}

std::optional<Instant> TimerWheel::next_due() const noexcept {
    if (!passed_.empty()) return instant_of(slots_.position());
    const auto next = slots_.next();
    return next ? std::optional(instant_of(*next)) : std::nullopt;
}

}  // namespace filesrv::event
