// SPDX-License-Identifier: MIT
// The daemon's control socket.
#include "daemon/control_socket.hpp"

#include <algorithm>
#include <filesystem>
#include <string_view>
#include <utility>

#include "base/assert.hpp"
#include "control/path.hpp"
#include "control/socket.hpp"
#include "daemon/startup_error.hpp"
#include "observe/log.hpp"
#include "os/process.hpp"
#include "os/socket.hpp"

namespace filesrv::daemon {
namespace {

constexpr std::string_view address_prefix = "unix:";

}  // namespace

std::optional<Listener> take_control_listener(std::vector<Listener>& inherited) {
    const auto first = std::ranges::stable_partition(inherited, [](const Listener& listener) { return listener.role == ListenerRole::http; }).begin();
    if (first == inherited.end()) return std::nullopt;
    if (!first->unix_socket) throw StartupError(exit_could_not_run, "the inherited control socket " + first->address + " is no Unix socket");
    if (inherited.end() - first > 1) observe::log(LogLevel::warning, "of several inherited control sockets only " + first->address + " is used");
    std::optional<Listener> control = std::move(*first);
    inherited.erase(first, inherited.end());
    return control;
}

std::optional<std::uint16_t> first_port(std::span<const Listener> listeners) {
    const auto tcp = std::ranges::find(listeners, false, &Listener::unix_socket);
    if (tcp == listeners.end()) return std::nullopt;
    const auto address = os::local_address(tcp->fd.get());
    if (!address) throw StartupError(exit_could_not_run, "cannot tell on which port it listens");
    return address->port;
}

std::optional<Listener> open_control_listener(const config::Config& config, std::optional<std::uint16_t> port, bool user_changed) {
    control::PathVariables variables = control::path_variables();
    if (user_changed) variables.xdg_runtime_dir = nullptr;
    const control::SocketPlace place = control::socket_place(config.control, variables, {.uid = os::effective_uid(), .port = port});
    auto made = control::make_socket(place);
    if (!made && !config.control.empty()) throw StartupError(exit_could_not_run, "cannot make the control socket: " + made.error());
    if (!made) {
        observe::log(LogLevel::warning, "no control socket: " + made.error());
        return std::nullopt;
    }
    Listener control{.fd = std::move(made->fd), .address = std::string(address_prefix) + place.path};
    control.unix_socket = true;
    control.name = "control";
    control.role = ListenerRole::control;
    control.file = std::move(made->file);
    return control;
}

std::string control_path(const Listener& control) {
    FS_ASSERT(control.address.starts_with(address_prefix));
    const std::string path = control.address.substr(address_prefix.size());
    if (path.empty() || path.front() == '@') return path;  // none, or abstract
    std::error_code failed;
    const auto absolute = std::filesystem::absolute(path, failed);
    return failed ? path : absolute.string();
}

}  // namespace filesrv::daemon
