// SPDX-License-Identifier: MIT
// The turn of a loop.
#include "event/loop.hpp"

#include "base/assert.hpp"

namespace filesrv::event {

Loop::Loop(const Clock& clock, Poller poller, os::Wakeup wakeup) noexcept
    : clock_(clock),
      now_(clock.now()),
      poller_(std::move(poller)),
      timers_(now_),
      inbox_(std::move(wakeup)),
      thread_(std::this_thread::get_id()) {}

Result<std::unique_ptr<Loop>> Loop::create(const Clock& clock) {
    auto poller = Poller::create();
    if (!poller) return std::unexpected(poller.error());
    auto wakeup = os::Wakeup::create();
    if (!wakeup) return std::unexpected(wakeup.error());
    std::unique_ptr<Loop> loop(new Loop(clock, std::move(*poller), std::move(*wakeup)));
    auto added = loop->poller_.add(loop->inbox_.fd(), Interest::level_read, loop->inbox_);
    if (!added) return std::unexpected(added.error());
    return loop;
}

void Loop::turn(Limits limits) noexcept {
    wait(limits);
    dispatch();
    deliver();
    fire();
}

/// How long to sleep; settles it with the inbox when it is not zero.
std::optional<Duration> Loop::time_to_wait(Limits limits) noexcept {
    std::optional<Duration> wait = limits.longest;
    std::optional<Instant> until = timers_.next_due();
    if (limits.deadline && (!until || *limits.deadline < *until)) until = limits.deadline;
    if (until) {
        // The work of the last turn took time; its `now` would make this sleep too long by that.
        const Duration left = *until - clock_.now();
        if (!wait || left < *wait) wait = left;
    }
    if (wait && *wait <= Duration::zero()) return Duration::zero();
    return inbox_.prepare_to_sleep() ? wait : Duration::zero();
}

void Loop::wait(Limits limits) noexcept {
    FS_ASSERT(in_loop_thread());
    batch_size_ = poller_.wait(time_to_wait(limits), batch_).size();
    inbox_.woke();
    refresh_now();
}

void Loop::dispatch() noexcept {
    FS_ASSERT(in_loop_thread());
    for (std::size_t i = 0; i < batch_size_; ++i) batch_[i].watch->on_ready(batch_[i].ready);
}

void Loop::deliver() noexcept {
    FS_ASSERT(in_loop_thread());
    inbox_.drain();
}

void Loop::fire() noexcept {
    FS_ASSERT(in_loop_thread());
    timers_.advance(now_, [](Timer& timer) { static_cast<TimerTask&>(timer).on_time(); });
}

}  // namespace filesrv::event
