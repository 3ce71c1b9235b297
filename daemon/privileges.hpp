// SPDX-License-Identifier: MIT
// Who the daemon is once it serves. The umask is left as it was found.
#pragma once

#include <string>

#include "os/process.hpp"

namespace filesrv::daemon {

/// Throws StartupError (2) for a user whom nobody knows.
[[nodiscard]] os::Account find_user(const std::string& user);

/// Becomes `user` for good. Throws StartupError (2) for an unknown user, (1) when the change is refused.
/// False, and nothing happens, when that is who we are. After the listeners are open (low ports), before any thread.
bool become_user(const std::string& user);

}  // namespace filesrv::daemon
