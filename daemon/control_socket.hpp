// SPDX-License-Identifier: MIT
// The daemon's control socket: inherited under the name `control`, or made where the configuration and the environment say.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "config/config.hpp"
#include "daemon/listeners.hpp"

namespace filesrv::daemon {

/// Takes the control socket out of the inherited listeners. Of several the first is used, with a warning. Throws
/// StartupError (1) for one that is no Unix socket: nobody's user could be told there.
[[nodiscard]] std::optional<Listener> take_control_listener(std::vector<Listener>& inherited);

/// The port that tells this daemon's socket from others: of the first TCP listener.
[[nodiscard]] std::optional<std::uint16_t> first_port(std::span<const Listener> listeners);

/// Makes it, as the user that serves. When that fails: a warning and nothing, so that serving does not depend on it; but
/// StartupError (1) when the configuration names the place. `user_changed`: the environment's runtime folder is another's.
[[nodiscard]] std::optional<Listener> open_control_listener(const config::Config& config, std::optional<std::uint16_t> port,
                                                            bool user_changed);

/// The path as anybody could use it.
[[nodiscard]] std::string control_path(const Listener& control);

}  // namespace filesrv::daemon
