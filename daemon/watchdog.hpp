// SPDX-License-Identifier: MIT
// The service manager's watchdog: told as long as the reactors turn and the pool can take work.
#pragma once

#include "daemon/notify.hpp"
#include "event/loop.hpp"
#include "serve/server.hpp"

namespace filesrv::daemon {

/// A timer of the main loop that sends WATCHDOG=1. Does nothing where no watchdog runs.
class Watchdog final : public event::Loop::TimerTask {
public:
    Watchdog(serve::Server& server, const Notifier& notifier);
    Watchdog(const Watchdog&) = delete;
    Watchdog& operator=(const Watchdog&) = delete;

    void on_time() noexcept override;
    /// Looks for workers that do not come back from a call, and logs them once. A listener of the pulse, which beats as
    /// long as requests are in flight: true while some are stuck.
    bool beat(Instant now);

private:
    void schedule() noexcept;

    serve::Server& server_;
    const Notifier& notifier_;
    Duration stuck_after_;
    bool withheld_ = false;
};

}  // namespace filesrv::daemon
