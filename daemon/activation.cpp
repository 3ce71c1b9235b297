// SPDX-License-Identifier: MIT
// Socket activation: descriptors from 3 on, counted and named by the environment, meant for one process.
#include "daemon/activation.hpp"

#include <cstdlib>

#include <unistd.h>

#include "base/assert.hpp"
#include "base/numbers.hpp"
#include "daemon/startup_error.hpp"
#include "os/socket.hpp"

namespace filesrv::daemon {
namespace {

/// The text before the next colon, which is taken off `rest`.
std::string_view next_name(std::string_view& rest) noexcept {
    const std::string_view name = rest.substr(0, rest.find(':'));
    rest.remove_prefix(std::min(name.size() + 1, rest.size()));
    return name;
}

}  // namespace

std::expected<std::vector<InheritedFd>, std::string> parse_activation(const ActivationVariables& variables,
                                                                      long own_pid) {
    FS_ASSERT(own_pid > 0);
    std::vector<InheritedFd> inherited;
    if (variables.pid == nullptr || variables.fds == nullptr) return inherited;
    const auto pid = parse_decimal(variables.pid);
    if (!pid) return std::unexpected("LISTEN_PID is '" + std::string(variables.pid) + "', not a process id");
    if (*pid != static_cast<std::uint64_t>(own_pid))
        return inherited;  // meant for a parent that passed its environment on
    const auto count = parse_decimal(variables.fds);
    if (!count || *count > inherited_fds_max)
        return std::unexpected("LISTEN_FDS is '" + std::string(variables.fds) + "', not a number up to " +
                               std::to_string(inherited_fds_max));

    std::string_view names = variables.names == nullptr ? std::string_view() : variables.names;
    for (int i = 0; i < static_cast<int>(*count); ++i) {
        const std::string_view name = next_name(names);
        inherited.push_back({.number = first_inherited_fd + i,
                             .name = std::string(name),
                             .role = name == "control" ? ListenerRole::control : ListenerRole::http});
    }
    return inherited;
}

std::vector<InheritedListener> adopt_inherited_listeners() {
    const ActivationVariables variables{.pid = std::getenv("LISTEN_PID"),
                                        .fds = std::getenv("LISTEN_FDS"),
                                        .names = std::getenv("LISTEN_FDNAMES")};
    const auto inherited = parse_activation(variables, ::getpid());
    if (!inherited) throw StartupError(exit_could_not_run, inherited.error());

    std::vector<InheritedListener> listeners;
    for (const InheritedFd& entry : *inherited) {
        const std::string who =
            "inherited descriptor " + std::to_string(entry.number) + " (" + entry.name + ')';
        // Looked at before it is owned: the variables may name a descriptor that is not even open.
        if (!os::is_stream_listener(os::Fd(entry.number)))
            throw StartupError(exit_could_not_run, who + " is not a listening stream socket");
        InheritedListener listener{
            .fd = os::UniqueFd::adopt(entry.number), .name = entry.name, .role = entry.role};
        if (const auto flags = os::adopt_flags(listener.fd.get()); !flags)
            throw StartupError(exit_could_not_run, who + ": " + flags.error().message());
        listeners.push_back(std::move(listener));
    }
    for (const char* variable : {"LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES"}) ::unsetenv(variable);
    return listeners;
}

}  // namespace filesrv::daemon
