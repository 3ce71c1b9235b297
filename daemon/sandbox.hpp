// SPDX-License-Identifier: MIT
// The sandbox: what the daemon has no use for once it is up, it can no longer do, whoever makes it try.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "config/config.hpp"
#include "daemon/listeners.hpp"
#include "os/landlock.hpp"

namespace filesrv::daemon {

/// Where a daemon that is up has something to do.
struct Whereabouts {
    const config::Config& config;
    const std::optional<std::string>& config_file;
    std::span<const Listener> listeners;
    const std::optional<Listener>& control;
    const std::string& state_folder;  ///< empty = none
};

/// The root and the state to change, logs to append to, the configuration's folder to read at a reload, the folders of
/// our socket files to tidy up. Pure.
[[nodiscard]] std::vector<os::AllowedPath> allowed_paths(const Whereabouts& where);

/// Confines this thread and all that follow: to those paths by Landlock, to a file server's system calls by seccomp. Says
/// in one line of the log what it cannot. Throws StartupError (1) where the kernel could and did not. Before any thread,
/// after all that is opened outside and after the process that starts successors: they must not inherit it, since
/// confinements pile up from one to the next.
void enter_sandbox(const Whereabouts& where);

}  // namespace filesrv::daemon
