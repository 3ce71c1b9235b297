// SPDX-License-Identifier: MIT
// The daemon's listeners: opened as configured, or taken over from the service manager.
#pragma once

#include <string>
#include <vector>

#include "config/config.hpp"
#include "daemon/activation.hpp"
#include "os/fd.hpp"

namespace filesrv::daemon {

/// Removes a socket file when it goes. Move-only.
class SocketFile {
public:
    SocketFile() noexcept = default;
    explicit SocketFile(std::string path) noexcept : path_(std::move(path)) {}
    SocketFile(SocketFile&& other) noexcept : path_(std::exchange(other.path_, {})) {}
    SocketFile& operator=(SocketFile&& other) noexcept;
    ~SocketFile() { remove(); }

    /// Removes it now; harmless when done twice.
    void remove() noexcept;

private:
    std::string path_;
};

/// One open listener.
struct Listener {
    os::UniqueFd fd;
    std::string address;  ///< `127.0.0.1:8080`, `[::1]:8080`, `unix:/run/x.sock`
    std::string url;      ///< `http://localhost:8080/`; for a Unix socket its address
    bool loopback = false;
    bool unix_socket = false;
    bool activated = false;
    SocketFile file;  ///< the socket file that we made; empty when inherited
};

/// Opens every configured address. `localhost` is both families on one port; a family that the machine lacks is skipped.
/// Throws StartupError (1) naming the address and the system's error.
[[nodiscard]] std::vector<Listener> open_listeners(const std::vector<config::ListenAddress>& addresses);

/// Describes listeners that were inherited, those of role http.
[[nodiscard]] std::vector<Listener> describe_inherited(std::vector<InheritedListener> inherited);

}  // namespace filesrv::daemon
