// SPDX-License-Identifier: MIT
// Idle exit: leaving after a time without requests, and losing nobody who comes at that very moment.
//
// Under socket activation the service manager keeps its own duplicate of each listener and looks at it again once we
// are gone, so what we did not accept starts the next instance. Hence the order: nothing in flight; listeners out of
// the pollers; listeners looked at once more; every open connection looked at once more; only then leave. Whoever is
// found puts everything back.
#pragma once

#include <atomic>
#include <optional>

#include "base/clock.hpp"
#include "serve/counters.hpp"

namespace filesrv::serve {

class Server;

/// The first reactor wakes up for it to the moment, and looks at the end of each turn: the ticks of a wheel would be a
/// third of a short idle time. The clock starts with begin(), not with the first request, and counts requests: silent
/// connections do not reset it.
class IdleExit {
public:
    explicit IdleExit(Server& server) noexcept : server_(server) {}

    void begin(Instant now);
    /// The time may have changed: looks anew when to leave, if at all.
    void retune(Instant now);
    /// The next moment that is worth a turn; nothing when none is.
    [[nodiscard]] std::optional<Instant> next_look() const noexcept { return next_look_; }
    /// At the end of a turn: leaves if it is time to.
    void look(Instant now) noexcept;
    /// When it is time to leave if nobody asks for anything; nothing when never, or while requests are in flight. Any
    /// thread.
    [[nodiscard]] std::optional<Instant> due(const Totals& totals) const noexcept;

private:
    [[nodiscard]] bool nobody_is_there(bool heads_count) noexcept;

    Server& server_;
    std::atomic<Instant> began_{};  ///< written once, by begin()
    std::optional<Instant> next_look_;
};

}  // namespace filesrv::serve
