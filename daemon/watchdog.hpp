// SPDX-License-Identifier: MIT
// The service manager's watchdog: told as long as the first reactor turns.
#pragma once

#include "daemon/notify.hpp"
#include "event/loop.hpp"

namespace filesrv::daemon {

/// A timer of the loop that sends WATCHDOG=1. Does nothing where no watchdog runs.
class Watchdog final : public event::Loop::TimerTask {
public:
    Watchdog(event::Loop& loop, const Notifier& notifier) : loop_(loop), notifier_(notifier) { schedule(); }
    void on_time() noexcept override {
        notifier_.watchdog();
        schedule();
    }

private:
    void schedule() noexcept {
        if (const auto interval = notifier_.watchdog_interval()) loop_.timers().schedule(*this, loop_.now() + *interval);
    }

    event::Loop& loop_;
    const Notifier& notifier_;
};

}  // namespace filesrv::daemon
