// SPDX-License-Identifier: MIT
// Socket activation: listeners that a service manager opened for us, sd_listen_fds(3), spoken natively.
#pragma once

#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "os/fd.hpp"

namespace filesrv::daemon {

/// The three variables of the protocol as the environment has them; null = not there.
struct ActivationVariables {
    const char* pid = nullptr;    ///< LISTEN_PID
    const char* fds = nullptr;    ///< LISTEN_FDS
    const char* names = nullptr;  ///< LISTEN_FDNAMES
};

enum class ListenerRole { http, control };

/// One inherited descriptor, not yet looked at.
struct InheritedFd {
    int number;
    std::string name;
    ListenerRole role;

    bool operator==(const InheritedFd&) const = default;
};

/// SD_LISTEN_FDS_START.
inline constexpr int first_inherited_fd = 3;

/// Most descriptors taken over at start.
inline constexpr unsigned inherited_fds_max = 128;

/// Pure: which descriptors are ours. Empty when the variables are missing or speak to another process; an
/// error, one clause, when they contradict themselves.
[[nodiscard]] std::expected<std::vector<InheritedFd>, std::string> parse_activation(
    const ActivationVariables& variables, long own_pid);

/// A descriptor taken over: listening, stream, non-blocking, close-on-exec.
struct InheritedListener {
    os::UniqueFd fd;
    std::string name;
    ListenerRole role;
};

/// Takes over the inherited listeners and unsets the variables, so that no child believes them. Call once,
/// before any thread. Throws StartupError (1) for a descriptor that is no listening stream socket.
[[nodiscard]] std::vector<InheritedListener> adopt_inherited_listeners();

}  // namespace filesrv::daemon
