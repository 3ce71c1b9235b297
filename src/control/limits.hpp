// SPDX-License-Identifier: MIT
// What the control socket takes and how long it waits, in one place.
#pragma once

#include <cstddef>

#include "base/clock.hpp"
#include "control/protocol.hpp"
#include "event/timer.hpp"

namespace filesrv::control {

/// Those whose defaults a test may want smaller.
struct Limits {
    std::size_t sessions_max = 32;                               ///< connections at once; who comes then is told `busy`
    Duration idle_timeout = std::chrono::seconds(60);            ///< from the connect or the last answer to the next request
    Duration write_timeout = std::chrono::seconds(5);            ///< for an answer that the peer does not take at once
    Duration rest_after = std::chrono::seconds(5);               ///< without a connection the control thread ends
    Duration leave_patience = std::chrono::milliseconds(100);    ///< what the daemon's end may wait for answers to go out
    Duration call_patience = std::chrono::seconds(5);            ///< for the main loop to do what was asked
    Duration upgrade_patience = std::chrono::seconds(30);        ///< a successor's start, which has a limit of its own
    Duration newcomer_grace = std::chrono::seconds(1);           ///< so young, and silent yet: its request may be on its way
};

namespace limits {
/// Requests to the main loop that have no answer yet, their connections gone included.
inline constexpr std::size_t calls_max = 64;
/// Requests of one connection in a turn, then others get theirs.
inline constexpr unsigned lines_per_turn = 16;
/// What all requests of an interval may cost together: some 7600 lines of garbage a second, or a tenth of a processor's
/// time for figures. Who asks more waits for the next interval.
inline constexpr unsigned budget = 256;
inline constexpr Duration budget_interval = event::tick_length;
inline constexpr unsigned accepts_per_turn = 64;
/// After a failure to accept, or to begin the thread.
inline constexpr Duration retry_interval = std::chrono::seconds(1);
}  // namespace limits

[[nodiscard]] constexpr unsigned cost_of(Command command) noexcept {
    switch (command) {
        case Command::status:
        case Command::connections:
        case Command::upgrade: return 8;
        case Command::reload: return 32;
        case Command::ping:
        case Command::drain:
        case Command::stop:
        case Command::log_level:
        case Command::kick: break;
    }
    return 1;
}

[[nodiscard]] inline Duration patience_for(Command command, const Limits& limits) noexcept {
    return command == Command::upgrade ? limits.upgrade_patience : limits.call_patience;
}

}  // namespace filesrv::control
