// SPDX-License-Identifier: MIT
// The one line that `systemctl status` shows of a running daemon.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

#include "base/clock.hpp"
#include "daemon/notify.hpp"
#include "serve/server.hpp"

namespace filesrv::daemon {

struct StatusFigures {
    bool draining = false;
    std::size_t connections = 0;
    std::uint64_t in_flight = 0;
    std::uint64_t tenths_per_s = 0;        ///< requests that ended, times ten, a second
    std::size_t stuck = 0;                 ///< workers
    std::optional<Duration> idle_exit_in;  ///< nothing: never, or not while requests are in flight

    bool operator==(const StatusFigures&) const noexcept = default;
};

/// `2 connections, 1 request in flight, 12.5 requests/s`, and when it leaves. The line stays while nothing changes, so
/// it names that moment too; `local_now` is the wall clock's time, shifted to the local zone. Pure.
[[nodiscard]] std::string status_line(const StatusFigures& figures, WallTime local_now);

/// Tells the manager when the line has changed by more than the time that passes. A listener of the pulse.
class StatusTeller {
public:
    StatusTeller(serve::Server& server, const Notifier& notifier) : server_(server), notifier_(notifier) {}
    /// True while the rate has yet to fall to nothing.
    bool beat(Instant now);

private:
    [[nodiscard]] StatusFigures look(Instant now);

    serve::Server& server_;
    const Notifier& notifier_;
    StatusFigures told_;
    std::uint64_t ended_ = 0;
    std::optional<Instant> looked_at_;
};

}  // namespace filesrv::daemon
