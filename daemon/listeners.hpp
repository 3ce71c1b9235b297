// SPDX-License-Identifier: MIT
// The daemon's listeners: opened as configured, or taken over from the service manager.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "config/config.hpp"
#include "daemon/activation.hpp"
#include "daemon/handover.hpp"
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
    bool activated = false;            ///< the service manager's, not ours
    std::string name = "http";         ///< as LISTEN_FDNAMES has it
    ListenerRole role = ListenerRole::http;
    os::SocketFile file;  ///< the socket file that we made or that a predecessor made; empty when the manager did
};

/// Opens every configured address. `localhost` is both families on one port; a family that the machine lacks
/// is skipped. Throws StartupError (1) naming the address and the system's error.
[[nodiscard]] std::vector<Listener> open_listeners(const std::vector<config::ListenAddress>& addresses);

/// Describes listeners that were inherited. All are the service manager's, unless a predecessor says
/// in `origins`, one for each, which it had opened itself: those are the line's. Their files stay the predecessor's until
/// own_files(): whoever fails or is told to end before that must not take them away from it. 127.0.0.1 and [::1] on one
/// port have the URL of localhost.
[[nodiscard]] std::vector<Listener> describe_inherited(std::vector<InheritedListener> inherited,
                                                       std::span<const Origin> origins = {});
/// The predecessor has left them to us. Takes no memory.
void own_files(std::span<Listener> listeners) noexcept;

/// What a successor must know of it.
[[nodiscard]] Origin origin_of(const Listener& listener);

}  // namespace filesrv::daemon
