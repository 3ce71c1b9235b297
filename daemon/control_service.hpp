// SPDX-License-Identifier: MIT
// The daemon's control socket over the life of a process: opened, served, handed to a successor, left.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>

#include "config/config.hpp"
#include "control/endpoint.hpp"
#include "daemon/control_commands.hpp"
#include "daemon/control_socket.hpp"
#include "daemon/listeners.hpp"

namespace filesrv::daemon {

/// Main thread. Must outlive the server, whose inbox may still hold a message of the endpoint's.
class ControlService {
public:
    explicit ControlService(std::optional<Listener> inherited) : listener_(std::move(inherited)) {}

    /// Makes the socket unless one was inherited; see open_control_listener().
    void open(const config::Config& config, std::span<const Listener> listeners, bool user_changed);
    /// Answers from now on. Throws StartupError (1).
    void begin(event::Loop& loop, ControlCommands::Parts parts);
    /// A successor answers from now on; who is connected here is answered here.
    void hand_over() { endpoint_.stop_accepting(); }
    /// Serving has ended: the last answers, and the socket's file is gone. Takes a moment only when somebody is there.
    void leave(const std::string& reason);

    [[nodiscard]] std::optional<Listener>& listener() noexcept { return listener_; }
    /// Empty when there is none.
    [[nodiscard]] std::string path() const { return listener_ ? control_path(*listener_) : std::string(); }

private:
    std::optional<Listener> listener_;
    std::unique_ptr<ControlCommands> commands_;
    control::Endpoint endpoint_;
};

}  // namespace filesrv::daemon
