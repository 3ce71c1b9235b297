// SPDX-License-Identifier: MIT
// The daemon's listeners: opened as configured, or taken over from the service manager.
#pragma once

#include <string>
#include <vector>

#include "config/config.hpp"
#include "daemon/activation.hpp"
#include "os/fd.hpp"
#include "os/unix_socket.hpp"

namespace filesrv::daemon {

/// One open listener.
struct Listener {
    os::UniqueFd fd;
    std::string address;  ///< `127.0.0.1:8080`, `[::1]:8080`, `unix:/run/x.sock`
    std::string url;      ///< `http://localhost:8080/`; for a Unix socket its address
    bool loopback = false;
    bool unix_socket = false;
    bool activated = false;
    os::SocketFile file;  ///< the socket file that we made; empty when inherited
};

/// Opens every configured address. `localhost` is both families on one port; a family that the machine lacks
/// is skipped. Throws StartupError (1) naming the address and the system's error.
[[nodiscard]] std::vector<Listener> open_listeners(const std::vector<config::ListenAddress>& addresses);

/// Describes listeners that were inherited, those of role http.
[[nodiscard]] std::vector<Listener> describe_inherited(std::vector<InheritedListener> inherited);

}  // namespace filesrv::daemon
