// SPDX-License-Identifier: MIT
// Reloading (SIGHUP): the configuration is read again, logs are opened anew; a bad file changes nothing.
#pragma once

#include <expected>
#include <functional>
#include <string>

#include "config/config.hpp"
#include "daemon/notify.hpp"
#include "daemon/options.hpp"
#include "serve/server.hpp"
#include "serve/settings.hpp"

namespace filesrv::daemon {

/// What a reload works on.
struct Reloading {
    serve::Server& server;
    config::Config& running;  ///< what is in force; changed with it
    std::function<serve::Settings(const config::Config&)> settings_of;
};

/// Keys of the configuration whose values differ from those before: `a, b`; empty = none.
struct Reloaded {
    std::string changed;  ///< in force now
    std::string waiting;  ///< for the next start
};

/// Main loop only. Limits, timeouts, logging, durability and what uploads may do take effect at once; the keys that
/// cannot change while serving are named in the log. What came of it, or one clause why the old configuration stays.
std::expected<Reloaded, std::string> reload(const Reloading& reloading, const CommandLine& line, const Notifier& notifier);

}  // namespace filesrv::daemon
