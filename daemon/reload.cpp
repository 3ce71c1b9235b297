// SPDX-License-Identifier: MIT
// Reloading (SIGHUP).
#include "daemon/reload.hpp"

#include <cerrno>
#include <filesystem>
#include <new>
#include <string>

#include "config/options.hpp"
#include "daemon/serve_settings.hpp"
#include "daemon/startup_error.hpp"
#include "event/loop.hpp"
#include "observe/log.hpp"

namespace filesrv::daemon {
namespace {

/// What a running daemon keeps, whatever the file says now.
config::Config with_what_is_fixed(config::Config fresh, const config::Config& running) {
    fresh.root = running.root;
    fresh.listen = running.listen;
    fresh.hosts = running.hosts;
    fresh.reactors = running.reactors;
    fresh.hidden = running.hidden;
    fresh.no_follow_symlinks = running.no_follow_symlinks;
    fresh.precompressed = running.precompressed;
    fresh.cache_control = running.cache_control;
    fresh.server_header = running.server_header;
    fresh.control = running.control;
    fresh.state = running.state;
    fresh.no_sandbox = running.no_sandbox;
    fresh.user = running.user;
    const bool counts_addresses = running.per_address > 0 && fresh.per_address > 0;
    if (!counts_addresses) fresh.per_address = running.per_address;
    return fresh;
}

/// The keys whose values differ: `a, b`.
std::string differing_keys(const config::Config& one, const config::Config& other) {
    std::string keys;
    for (const config::OptionSpec& option : config::option_table()) {
        if (option.show(one) == option.show(other)) continue;
        if (!keys.empty()) keys += ", ";
        keys += option.key;
    }
    return keys;
}

Reloaded apply(const Reloading& reloading, const config::Config& wanted) {
    config::Config fresh = with_what_is_fixed(wanted, reloading.running);
    Reloaded done{.changed = differing_keys(reloading.running, fresh), .waiting = differing_keys(fresh, wanted)};
    observe::set_log_level(fresh.log_level);
    reloading.server.store().tune(store_options(fresh));
    if (const auto tuned = reloading.server.tune(reloading.settings_of(fresh)); !tuned) {
        const bool confined = tuned.error().code == EACCES && !fresh.no_sandbox;
        observe::log(LogLevel::error, "reload: access log: " + tuned.error().message() + "; the old one stays" +
                     (confined ? " (the sandbox was made for its folder: SIGUSR2 starts anew without losing anybody)" : ""));
        fresh.access_log = reloading.running.access_log;
    }
    reloading.running = fresh;
    observe::log(LogLevel::info, done.changed.empty() ? "reload: nothing has changed" : "reload: in force now: " + done.changed,
                 observe::LogKind::reload);
    if (!done.waiting.empty()) observe::log(LogLevel::warning, "reload: these take effect at the next start: " + done.waiting);
    return done;
}

}  // namespace

std::expected<Reloaded, std::string> reload(const Reloading& reloading, const CommandLine& line, const Notifier& notifier) {
    std::expected<Reloaded, std::string> done;
    try {
        notifier.reloading(reloading.server.main_loop().now());
        // A pipe was read empty at the start, and could block the loop now.
        if (line.config_file && !std::filesystem::is_regular_file(*line.config_file)) {
            throw StartupError(exit_usage, *line.config_file + " is no regular file");
        }
        done = apply(reloading, load_config(line));
    } catch (const StartupError& error) {
        done = std::unexpected(error.what());
        observe::log(LogLevel::error, std::string("reload refused, the old configuration stays in force: ") + error.what(),
                     observe::LogKind::reload);
    } catch (const std::bad_alloc&) {
        done = std::unexpected("out of memory");
        observe::log(LogLevel::error, "reload refused: out of memory", observe::LogKind::reload);
    }
    notifier.ready_again();
    return done;
}

}  // namespace filesrv::daemon
