// SPDX-License-Identifier: MIT
// The watchdog: a stuck worker is a line in the log, only a daemon that can do nothing any more is worth a kill.
#include "daemon/watchdog.hpp"

#include <algorithm>
#include <string>

#include "base/assert.hpp"
#include "observe/log.hpp"

namespace filesrv::daemon {
namespace {

/// A call that takes longer, a sync of a slow disk say, is worth a look by a person.
constexpr Duration stuck_after_max = std::chrono::seconds(10);

void log_workers(const std::vector<std::size_t>& numbers, const char* what) {
    for (const std::size_t number : numbers) observe::log(LogLevel::warning, "worker-" + std::to_string(number) + what);
}

}  // namespace

Watchdog::Watchdog(serve::Server& server, const Notifier& notifier)
    : server_(server), notifier_(notifier), stuck_after_(stuck_after_max) {
    // A third of the manager's patience, of which the interval is half.
    if (const auto interval = notifier.watchdog_interval()) stuck_after_ = std::min(stuck_after_max, *interval * 2 / 3);
    FS_ASSERT(stuck_after_ > Duration::zero());
    schedule();
}

void Watchdog::schedule() noexcept {
    if (const auto interval = notifier_.watchdog_interval()) {
        server_.main_loop().timers().schedule(*this, server_.main_loop().now() + *interval);
    }
}

void Watchdog::on_time() noexcept {
    schedule();
    const bool turn = server_.reactors_turn();
    if (turn && server_.pool().can_take_work()) {
        withheld_ = false;
        return notifier_.watchdog();
    }
    if (withheld_) return;
    withheld_ = true;
    observe::log(LogLevel::error, turn ? "every worker is stuck and none can be begun: the watchdog is not told any more"
                                       : "a reactor does not turn: the watchdog is not told any more");
}

bool Watchdog::beat(Instant now) {
    const serve::StuckWorkers found = server_.pool().look_for_stuck(now, stuck_after_);
    log_workers(found.fresh, " is stuck: it does not come back from a call");
    log_workers(found.recovered, " has come back from its call");
    return found.now > 0;
}

}  // namespace filesrv::daemon
