// SPDX-License-Identifier: MIT
// Reloading (SIGHUP): the configuration is read again, logs are opened anew; a bad file changes nothing.
#pragma once

#include "config/config.hpp"
#include "daemon/notify.hpp"
#include "daemon/options.hpp"
#include "serve/server.hpp"

namespace filesrv::daemon {

/// Main loop only. `current` is what the daemon was started with: what differs from it and cannot change while serving
/// is named in the log.
void reload(serve::Server& server, const CommandLine& line, const config::Config& current, const Notifier& notifier);

}  // namespace filesrv::daemon
