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

#include "event/loop.hpp"
#include "serve/counters.hpp"

namespace filesrv::serve {

class Server;

/// A timer of the first reactor's loop. The clock starts with begin(), not with the first request, and counts requests:
/// silent connections do not reset it.
class IdleExit final : public event::Loop::TimerTask {
public:
    explicit IdleExit(Server& server) noexcept : server_(server) {}

    void begin(Instant now);
    /// The time may have changed: looks anew when to leave, if at all.
    void retune(Instant now);
    void on_time() noexcept override;
    /// When it is time to leave if nobody asks for anything; nothing when never, or while requests are in flight. Any
    /// thread.
    [[nodiscard]] std::optional<Instant> due(const Totals& totals) const noexcept;

private:
    [[nodiscard]] bool nobody_is_there(bool heads_count);
    void schedule(Instant when);

    Server& server_;
    std::atomic<Instant> began_{};  ///< written once, by begin()
};

}  // namespace filesrv::serve
