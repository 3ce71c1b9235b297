// SPDX-License-Identifier: MIT
// The daemon's control socket over the life of a process.
#include "daemon/control_service.hpp"

#include <utility>

#include "base/assert.hpp"
#include "daemon/startup_error.hpp"

namespace filesrv::daemon {

void ControlService::open(const config::Config& config, std::span<const Listener> listeners, bool user_changed) {
    if (!listener_) listener_ = open_control_listener(config, first_port(listeners), user_changed);
}

void ControlService::begin(event::Loop& loop, ControlCommands::Parts parts) {
    FS_ASSERT(commands_ == nullptr);
    if (!listener_) return;
    commands_ = std::make_unique<ControlCommands>(std::move(parts));
    if (const auto begun = endpoint_.begin(loop, listener_->fd.get(), *commands_); !begun) {
        throw StartupError("cannot watch the control socket", begun.error());
    }
}

void ControlService::leave(const std::string& reason) {
    if (!commands_) return;
    FS_ASSERT(listener_.has_value());
    commands_->serving_ended();
    // Of a file that was handed over nothing is ours any more.
    const bool ours = listener_->file.is_ours();
    listener_->file.remove();
    endpoint_.leave(reason, ours ? control::Backlog::answer : control::Backlog::leave);
}

}  // namespace filesrv::daemon
