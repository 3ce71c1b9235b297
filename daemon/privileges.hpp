// SPDX-License-Identifier: MIT
// Who we are and how much we may open. The umask is left as it was found.
#pragma once

#include <cstdint>
#include <string>

namespace filesrv::daemon {

/// Raises the soft limit of open files to the hard one, setrlimit(2); returns the limit in force.
[[nodiscard]] std::uint64_t raise_fd_limit() noexcept;

/// Becomes `user`: supplementary groups, group, user, in this order, each checked. Throws StartupError (2) for an
/// unknown user, (1) when the change is refused. Nothing happens when that is who we are.
void become_user(const std::string& user);

/// Whether we run as root: worth a warning when no --user was given.
[[nodiscard]] bool is_root() noexcept;

}  // namespace filesrv::daemon
