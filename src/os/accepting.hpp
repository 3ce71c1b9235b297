// SPDX-License-Identifier: MIT
// The ends of accepting: refusing further connects, and a descriptor kept in reserve.
#pragma once

#include "os/fd.hpp"

namespace filesrv::os {

/// shutdown(2) on a listening socket: whoever connects from now on is refused, in whichever thread's poller it is.
/// Never on an inherited listener: it would end for its owner, too.
void stop_listening(Fd listener) noexcept;

/// A descriptor of no other use than to be given up when there are none left. Empty if there are none left now.
[[nodiscard]] UniqueFd open_spare() noexcept;

}  // namespace filesrv::os
