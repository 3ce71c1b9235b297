// SPDX-License-Identifier: MIT
// Looking at many descriptors at once, poll(2).
#pragma once

#include <optional>
#include <span>

#include "base/clock.hpp"
#include "os/fd.hpp"

namespace filesrv::os {

/// Whether any of them is readable, has hung up, or is in error, now.
[[nodiscard]] bool any_readable(std::span<const Fd> descriptors);

/// The same, waiting for it: so long at most, or for ever.
[[nodiscard]] bool wait_readable(std::span<const Fd> descriptors, std::optional<Duration> longest);

/// Whether a stream socket's peer has gone for good: what is sent now, nobody will read. POLLHUP, poll(2).
[[nodiscard]] bool has_hung_up(Fd socket) noexcept;

}  // namespace filesrv::os
