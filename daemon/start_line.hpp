// SPDX-License-Identifier: MIT
// The line that says where the daemon serves, and what it warns of. Pure text.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "config/config.hpp"
#include "daemon/listeners.hpp"

namespace filesrv::daemon {

/// `serving /path on http://localhost:8080/ — stops after 60 s without a request (--idle-shutdown 0 keeps
/// it)`. Several addresses are joined by commas, those with the same URL (the two families of localhost)
/// named once.
[[nodiscard]] std::string start_line(std::string_view root, std::span<const Listener> listeners,
                                     Duration idle_shutdown);

/// The warning for who listens wider than loopback while anybody may upload; nothing otherwise.
[[nodiscard]] std::optional<std::string> exposure_warning(std::span<const Listener> listeners, bool uploads);

}  // namespace filesrv::daemon
