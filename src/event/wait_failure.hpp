// SPDX-License-Identifier: MIT
// The end of a poller whose wait fails for a reason that trying again would not mend.
#pragma once

namespace filesrv::event {

/// Prints the call and what errno says, and aborts.
[[noreturn]] void wait_failed(const char* call) noexcept;

}  // namespace filesrv::event
