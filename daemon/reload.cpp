// SPDX-License-Identifier: MIT
// Reloading (SIGHUP).
#include "daemon/reload.hpp"

#include <filesystem>
#include <string>

#include "config/options.hpp"
#include "daemon/startup_error.hpp"
#include "event/loop.hpp"
#include "observe/log.hpp"

namespace filesrv::daemon {
namespace {

/// Keys whose new value waits for the next start.
std::string keys_that_wait(const config::Config& current, const config::Config& fresh) {
    std::string keys;
    for (const config::OptionSpec& option : config::option_table()) {
        if (option.key == "log_level" || option.show(current) == option.show(fresh)) continue;
        if (!keys.empty()) keys += ", ";
        keys += option.key;
    }
    return keys;
}

void apply(serve::Server& server, const config::Config& current, const config::Config& fresh) {
    observe::set_log_level(fresh.log_level);
    if (const auto reopened = server.reopen_logs(); !reopened) {
        observe::log(LogLevel::error, "reload: access log: " + reopened.error().message());
    }
    const std::string waiting = keys_that_wait(current, fresh);
    if (waiting.empty()) observe::log(LogLevel::info, "reload: the configuration is in force");
    else observe::log(LogLevel::warning, "reload: these take effect at the next start: " + waiting);
}

}  // namespace

void reload(serve::Server& server, const CommandLine& line, const config::Config& current, const Notifier& notifier) {
    notifier.reloading(server.main_loop().now());
    try {
        // A pipe was read empty at the start, and could block the loop now.
        if (line.config_file && !std::filesystem::is_regular_file(*line.config_file)) {
            throw StartupError(exit_usage, *line.config_file + " is no regular file");
        }
        apply(server, current, load_config(line));
    } catch (const StartupError& error) {
        observe::log(LogLevel::error, std::string("reload refused, the old configuration stays in force: ") + error.what());
    }
    notifier.ready("serving");
}

}  // namespace filesrv::daemon
