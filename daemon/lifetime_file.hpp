// SPDX-License-Identifier: MIT
// The file of the lifetime counters, to which every process adds what it has done.
#pragma once

#include <string>

#include "base/error.hpp"
#include "observe/lifetime.hpp"

namespace filesrv::daemon {

/// The variables that may name the state folder; null = not there.
struct StateVariables {
    const char* state_directory = nullptr;  ///< STATE_DIRECTORY, a list with colons, systemd.exec(5)
    const char* xdg_state_home = nullptr;   ///< XDG_STATE_HOME
};

/// The folder that was asked for, else the manager's first, else the user's; empty = none. Pure.
[[nodiscard]] std::string state_folder(const std::string& wanted, const StateVariables& variables);

/// What is kept there; nothing yet when there is no file, or one that cannot be read or understood. Changes nothing.
[[nodiscard]] observe::Lifetime look_at_lifetime(const std::string& folder);

/// Adds to `lifetime.json` in the folder, which is made if it is not there. Under a lock, so that several processes add
/// up; a reader sees the old file or the new one, also after a power cut. One that is broken is set aside, with a line in
/// the log, and counted anew. Waits for the disk.
[[nodiscard]] Result<void> add_to_lifetime(const std::string& folder, const observe::Lifetime& delta);

}  // namespace filesrv::daemon
