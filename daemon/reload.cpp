// SPDX-License-Identifier: MIT
// Reloading (SIGHUP).
#include "daemon/reload.hpp"

#include <cerrno>
#include <filesystem>
#include <new>
#include <string>
#include <system_error>
#include <type_traits>
#include <utility>

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

/// Throws StartupError where that cannot be told now.
bool is_regular(const std::string& path) {
    std::error_code failed;
    const auto type = std::filesystem::status(path, failed).type();
    if (type == std::filesystem::file_type::none) throw StartupError(exit_could_not_run, path + ": " + failed.message());
    return type == std::filesystem::file_type::regular;
}

void say(const Reloaded& done) noexcept {
    observe::log_made(LogLevel::info, [&] {
        return done.changed.empty() ? "reload: nothing has changed" : "reload: in force now: " + done.changed;
    }, observe::LogKind::reload);
    if (done.waiting.empty()) return;
    observe::log_made(LogLevel::warning, [&] { return "reload: these take effect at the next start: " + done.waiting; });
}

void say_old_log_stays(const Error& error, bool sandbox) noexcept {
    const bool confined = error.code == EACCES && sandbox;
    observe::log_made(LogLevel::error, [&] {
        return "reload: access log: " + error.message() + "; the old one stays" +
               (confined ? " (the sandbox was made for its folder: SIGUSR2 starts anew without losing anybody)" : "");
    });
}

/// All that takes memory is done before anything changes, but for what is said.
Reloaded apply(const Reloading& reloading, const config::Config& wanted) {
    config::Config fresh = with_what_is_fixed(wanted, reloading.running);
    Reloaded done{.changed = differing_keys(reloading.running, fresh), .waiting = differing_keys(fresh, wanted)};
    const store::StoreOptions options = store_options(fresh);
    const auto tuned = reloading.server.tune(reloading.settings_of(fresh));
    reloading.server.store().tune(options);
    observe::set_log_level(fresh.log_level);
    if (!tuned) {
        say_old_log_stays(tuned.error(), !fresh.no_sandbox);
        std::swap(fresh.access_log, reloading.running.access_log);
    }
    static_assert(std::is_nothrow_move_assignable_v<config::Config>);
    reloading.running = std::move(fresh);
    say(done);
    return done;
}

}  // namespace

std::expected<Reloaded, std::string> reload(const Reloading& reloading, const CommandLine& line, const Notifier& notifier) {
    std::expected<Reloaded, std::string> done;
    try {
        notifier.reloading(reloading.server.main_loop().now());
        // A pipe was read empty at the start, and could block the loop now.
        if (line.config_file && !is_regular(*line.config_file)) {
            throw StartupError(exit_usage, *line.config_file + " is no regular file");
        }
        done = apply(reloading, load_config(line));
    } catch (const StartupError& error) {
        observe::log_made(LogLevel::error, [&] {
            return std::string("reload refused, the old configuration stays in force: ") + error.what();
        }, observe::LogKind::reload);
        done = std::unexpected(error.what());
    } catch (const std::bad_alloc&) {
        done = std::unexpected("out of memory");
        observe::log(LogLevel::error, "reload refused: out of memory", observe::LogKind::reload);
    }
    notifier.ready_again();
    return done;
}

}  // namespace filesrv::daemon
