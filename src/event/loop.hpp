// SPDX-License-Identifier: MIT
// Loop: one thread's poller, clock, timers and inbox, and the turn that joins them.
#pragma once

#include <array>
#include <cstddef>
#include <memory>
#include <optional>
#include <thread>

#include "base/clock.hpp"
#include "event/inbox.hpp"
#include "event/poller.hpp"
#include "event/timer_wheel.hpp"

namespace filesrv::event {

/// A turn is: wait, read the clock, dispatch the batch, drain the inbox, fire the timers. Nothing in it allocates or
/// locks. Confined to the thread that made it, or called `adopt_thread`; only `inbox().post` is for others.
class Loop {
public:
    /// The most events of one turn; the rest stays with the kernel, whose next wait then does not sleep.
    static constexpr std::size_t batch_max = 256;

    /// What a deadline of the loop calls. Derive from it.
    class TimerTask : public Timer {
    public:
        /// The moment has come. May schedule or cancel any task, itself included.
        virtual void on_time() noexcept = 0;

    protected:
        ~TimerTask() = default;
    };

    /// The wheel, for tasks only: what it holds has an `on_time`.
    class Timers : private TimerWheel {
    public:
        void schedule(TimerTask& task, Instant when) noexcept { TimerWheel::schedule(task, when); }
        void cancel(TimerTask& task) noexcept { TimerWheel::cancel(task); }
        using TimerWheel::empty;
        using TimerWheel::next_due;

    private:
        friend class Loop;
        explicit Timers(Instant start) noexcept : TimerWheel(start) {}
    };

    /// How long a turn may wait for events: the earliest of these and of the timers. None at all = for ever.
    struct Limits {
        std::optional<Duration> longest;  ///< from now; zero = do not sleep
        std::optional<Instant> deadline;  ///< of somebody who keeps time outside the loop, the idle wheel for one
    };

    /// The clock must outlive the loop. Fails when the process is out of descriptors.
    [[nodiscard]] static Result<std::unique_ptr<Loop>> create(const Clock& clock);
    Loop(const Loop&) = delete;
    Loop& operator=(const Loop&) = delete;

    [[nodiscard]] Poller& poller() noexcept { return poller_; }
    [[nodiscard]] Timers& timers() noexcept { return timers_; }
    [[nodiscard]] Inbox& inbox() noexcept { return inbox_; }

    /// The time of this turn: read when its wait ended.
    [[nodiscard]] Instant now() const noexcept { return now_; }
    /// Reads the clock again, after something long.
    void refresh_now() noexcept { now_ = clock_.now(); }

    /// One whole turn. Watches may be destroyed or their memory reused when it has returned, not before.
    void turn(Limits limits) noexcept;
    void turn(std::optional<Duration> longest = std::nullopt, std::optional<Instant> deadline = std::nullopt) noexcept {
        turn(Limits{.longest = longest, .deadline = deadline});
    }

    /// The parts of a turn, in this order, for a caller who has something to do between them.
    void wait(Limits limits) noexcept;  ///< waits for a batch, reads the clock
    void dispatch() noexcept;           ///< calls each watch of the batch once
    void deliver() noexcept;            ///< drains the inbox
    void fire() noexcept;               ///< calls the tasks that are due

    /// How many events the last wait brought.
    [[nodiscard]] std::size_t batch_size() const noexcept { return batch_size_; }

    [[nodiscard]] bool in_loop_thread() const noexcept { return std::this_thread::get_id() == thread_; }
    /// Makes the calling thread the loop's, before its first turn there.
    void adopt_thread() noexcept { thread_ = std::this_thread::get_id(); }

private:
    Loop(const Clock& clock, Poller poller, os::Wakeup wakeup) noexcept;
    [[nodiscard]] std::optional<Duration> time_to_wait(Limits limits) noexcept;

    const Clock& clock_;
    Instant now_;
    Poller poller_;
    Timers timers_;
    Inbox inbox_;
    std::thread::id thread_;
    std::size_t batch_size_ = 0;
    std::array<Event, batch_max> batch_;
};

}  // namespace filesrv::event
