// SPDX-License-Identifier: MIT
// Pacing: a congestion control, bbr above all, that spreads over time what it sends. Where both ends are on one machine
// there is no queue to keep short, and each wait costs a timer and an interrupt.
#pragma once

#include "os/fd.hpp"

namespace filesrv::os {

/// Whether the socket's congestion control, TCP_CONGESTION of tcp(7), waits between segments by timers of its own. What is
/// accepted from a listener inherits the listener's. False where there is no such thing.
[[nodiscard]] bool is_paced(Fd socket) noexcept;

/// Takes a congestion control that does not wait; harmless where there is no other.
void stop_pacing(Fd socket) noexcept;

}  // namespace filesrv::os
