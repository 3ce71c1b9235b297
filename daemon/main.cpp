// SPDX-License-Identifier: MIT
// filesrvd: serves one folder over HTTP. Here only the order of things: options, listeners, rights, store, server.
#include <array>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <new>
#include <string>
#include <thread>

#include "base/assert.hpp"
#include "base/memory_reserve.hpp"
#include "config/options.hpp"
#include "config/values.hpp"
#include "daemon/activation.hpp"
#include "daemon/after_start.hpp"
#include "daemon/control_service.hpp"
#include "daemon/lifetime_file.hpp"
#include "daemon/lifetime_keeper.hpp"
#include "daemon/listeners.hpp"
#include "daemon/logging.hpp"
#include "daemon/notify.hpp"
#include "daemon/options.hpp"
#include "daemon/predecessor.hpp"
#include "daemon/privileges.hpp"
#include "daemon/pulse.hpp"
#include "daemon/reload.hpp"
#include "daemon/replacement.hpp"
#include "daemon/sandbox.hpp"
#include "daemon/serve_settings.hpp"
#include "daemon/start_line.hpp"
#include "daemon/startup_error.hpp"
#include "daemon/status_line.hpp"
#include "daemon/version.hpp"
#include "daemon/watchdog.hpp"
#include "event/loop.hpp"
#include "event/signals.hpp"
#include "observe/journal.hpp"
#include "observe/log.hpp"
#include "os/datagram.hpp"
#include "os/process.hpp"
#include "os/signals.hpp"
#include "os/terminal.hpp"
#include "os/wait_readable.hpp"
#include "serve/server.hpp"

namespace filesrv::daemon {
namespace {

/// A line for whoever reads stdout; nobody doing so is no reason to fail. The journal gets it with its kind.
void say(const std::string& line, observe::LogKind kind) {
    if (is_journal(os::Fd(1)) && observe::log_enabled(LogLevel::info)) return observe::log(LogLevel::info, line, kind);
    std::printf("%s\n", line.c_str());
    std::fflush(stdout);
}

struct Listening {
    std::vector<Listener> http;
    std::optional<Listener> control;  ///< when it was inherited
};

Listening take_listeners(const config::Config& config, const Predecessor& predecessor) {
    std::vector<Listener> inherited = describe_inherited(adopt_inherited_listeners(), predecessor.origins());
    std::optional<Listener> control = take_control_listener(inherited);
    return {.http = inherited.empty() ? open_listeners(config.listen) : std::move(inherited), .control = std::move(control)};
}

std::unique_ptr<store::Store> open_store(const config::Config& config) {
    auto store = store::Store::open(store_options(config));
    if (!store) throw StartupError("cannot serve " + config.root, store.error());
    return std::move(*store);
}

serve::AccessLog open_access_log(const serve::Settings& settings) {
    auto log = serve::AccessLog::open(settings.access_log, settings.access_log_path);
    if (!log) throw StartupError("cannot write the access log", log.error());
    return std::move(*log);
}

std::string shown_root(const std::string& root) {
    std::error_code failed;
    const auto path = std::filesystem::canonical(root, failed);
    return failed ? root : path.string();
}

std::string leaving_line(serve::Leaving why, const config::Config& config) {
    switch (why) {
        case serve::Leaving::idle: return "leaving: no request for " + config::to_text(config.idle_shutdown) + " s";
        case serve::Leaving::drained: return "leaving: asked to, and every request was answered";
        case serve::Leaving::drain_timeout:
            return "leaving: asked to, and what was in flight took longer than " + config::to_text(config.drain_timeout) +
                   " s (--drain-timeout)";
        case serve::Leaving::stopped: return "leaving: asked to stop now";
    }
    FS_UNREACHABLE("unknown reason");
}

std::string cold_start_text(const std::optional<Duration>& cold_start) {
    if (!cold_start) return {};
    const auto micros = std::chrono::duration_cast<std::chrono::microseconds>(*cold_start).count();
    return "; the first byte went out " + std::to_string(micros) + " µs after the start";
}

/// Of a service that has done all that it was asked to: what it has to say cannot make a failure of that any more.
std::string full_leaving_line(serve::Leaving why, const config::Config& config, bool replaced) noexcept {
    try {
        return (replaced ? "replaced; " : "") + leaving_line(why, config);
    } catch (const std::bad_alloc&) {
        return "leaving";
    }
}

void say_leaving(const std::string& line, const LifetimeKeeper& lifetime) noexcept {
    try {
        say(line + cold_start_text(lifetime.cold_start()), observe::LogKind::leaving);
    } catch (const std::bad_alloc&) {
        observe::log(LogLevel::info, line, observe::LogKind::leaving);
    }
}

int check_config(const config::Config& config) {
    const auto store = open_store(config);
    if (!config.user.empty()) (void)find_user(config.user);
    std::printf("%s", config::to_toml(config).c_str());
    return 0;
}

void warn_of_exposure(const config::Config& config, std::span<const Listener> listeners) {
    if (const auto warning = exposure_warning(listeners, !config.read_only)) observe::log(LogLevel::warning, *warning);
    if (config.user.empty() && os::effective_uid() == 0) {
        observe::log(LogLevel::warning, "running as root: --user NAME becomes somebody else before serving");
    }
}

Result<std::unique_ptr<event::Signals>> watch_signals(const Reloading& reloading, const CommandLine& line,
                                                      const Notifier& notifier, Replacement& replacement) {
    constexpr std::array signals{SIGTERM, SIGINT, SIGHUP, SIGUSR2};
    return event::Signals::create(reloading.server.main_loop().poller(), signals, [&](int signal) {
        try {
            if (signal == SIGHUP) return void(reload(reloading, line, notifier));
            if (signal == SIGUSR2) return replacement.begin();
            replacement.stop_asked();
        } catch (const std::bad_alloc&) {
            if (signal == SIGTERM || signal == SIGINT) return reloading.server.drain();  // needs no memory
            observe::log(LogLevel::error, "a signal was not acted upon: out of memory");
        }
    });
}

std::string kept_state(const config::Config& config) {
    return state_folder(config.state, {.state_directory = std::getenv("STATE_DIRECTORY"), .xdg_state_home = std::getenv("XDG_STATE_HOME")});
}

/// Whether a client's connect has started us.
bool somebody_waits(std::span<const Listener> listeners) {
    std::vector<os::Fd> inherited;
    for (const Listener& listener : listeners) {
        if (listener.activated) inherited.push_back(listener.fd.get());
    }
    return os::any_readable(inherited);
}

std::optional<Starter> make_starter(const os::Program& program) {
    auto starter = Starter::create(program);
    if (starter) return std::move(*starter);
    observe::log(LogLevel::warning, "SIGUSR2 will be refused: " + starter.error().message());
    return std::nullopt;
}

void sweep(store::Store& store) {
    if (const auto swept = store.sweep(); !swept) observe::log(LogLevel::warning, "sweep: " + swept.error().message());
}

void start_server(serve::Server& server, std::span<const Listener> listeners) {
    std::vector<serve::ListenSocket> sockets;
    for (const Listener& listener : listeners) sockets.push_back({.fd = listener.fd.get(), .inherited = listener.activated});
    if (const auto started = server.start(sockets); !started) throw StartupError("cannot start", started.error());
}

void watch_line(Predecessor& predecessor, serve::Server& server, Predecessor::Calls calls) {
    if (const auto watched = predecessor.watch(server, std::move(calls)); !watched) throw StartupError("cannot start", watched.error());
}

/// Takes all the descriptors that it may have.
Surroundings look_around() {
    return {.fd_limit = os::raise_fd_limit(),
            .stdout_is_terminal = os::is_terminal(os::Fd(1)),
            .stdout_is_journal = is_journal(os::Fd(1)) && os::connect_unix_datagram(observe::journal_socket)};
}

int serve_until_told(const os::Program& program, const CommandLine& line, config::Config config, Predecessor& predecessor) {
    Notifier notifier = Notifier::from_environment();
    notifier.set_quiet(predecessor.exists());
    auto [listeners, inherited_control] = take_listeners(config, predecessor);
    const bool user_changed = !config.user.empty() && become_user(config.user);
    ControlService control(std::move(inherited_control));
    // As the user that serves, since a process that stays root would be a way back; with the limits that we were given.
    // It goes after the server's connections: whoever sends to one that nobody will read any more loses no time to it.
    auto starter = make_starter(program);
    control.open(config, listeners, user_changed);  // of which the starter has no copy, so that nobody listens when we are killed
    const Surroundings surroundings = look_around();
    const auto settings_of = [&](const config::Config& wanted) { return serve_settings(wanted, listeners, surroundings); };
    serve::Settings settings = settings_of(config);
    auto store = open_store(config);
    // A predecessor's uploads are still under way: the sweep waits until it has left.
    if (!predecessor.exists()) sweep(*store);
    auto access_log = open_access_log(settings);
    if (!config.no_sandbox) {
        enter_sandbox({.config = config, .config_file = line.config_file, .listeners = listeners,
                       .control = control.listener(), .state_folder = kept_state(config)});
    }
    serve::Server server(std::move(settings), std::move(store), std::move(access_log));
    start_server(server, listeners);
    const Reloading reloading{.server = server, .running = config, .settings_of = settings_of};
    Replacement replacement({.server = server, .notifier = notifier, .listeners = listeners, .control = control.listener(),
                             .predecessor = predecessor, .starter = starter});
    replacement.set_handed_over([&] { control.hand_over(); });
    const auto signals = watch_signals(reloading, line, notifier, replacement);
    if (!signals) throw StartupError("cannot start", signals.error());
    AfterStart after_start(server.main_loop());
    Pulse pulse(server);
    Watchdog watchdog(server, notifier);
    StatusTeller status(server, notifier);
    pulse.add([&](Instant now) { return watchdog.beat(now); });
    pulse.add([&](Instant now) { return server.sample_rates(now), false; });
    pulse.add([&](Instant now) { return status.beat(now); });
    LifetimeKeeper lifetime(server, kept_state(config), somebody_waits(listeners));
    pulse.add([&](Instant now) { return lifetime.beat(now); });
    const std::string root = shown_root(config.root);
    control.begin(server.main_loop(), {.server = server, .replacement = replacement, .lifetime = lifetime,
                                       .reload = [&] { return reload(reloading, line, notifier); },
                                       .fixed = fixed_part({.version = version_number, .root = root, .listeners = listeners,
                                                            .socket = control.path(), .state_folder = lifetime.folder(), .fd_limit = surroundings.fd_limit})});

    warn_of_exposure(config, listeners);
    const std::string ready = start_line(root, listeners, config.idle_shutdown);
    const auto report_ready = [&] {
        own_files(listeners);
        if (control.listener()) control.listener()->file.own();
        notifier.set_quiet(false);
        notifier.ready(ready);
        if (notifier.watchdog_interval()) notifier.watchdog();  // the predecessor's last one may be nearly due
    };
    if (predecessor.exists()) watch_line(predecessor, server, {report_ready, [&] { replacement.line_changed(); }});
    say(ready, observe::LogKind::started);
    // The service manager hears only its main process, and that is the predecessor until it has handed over.
    if (predecessor.exists()) predecessor.report_ready();
    else report_ready();
    const auto why = server.run([&](serve::Leaving reason) { notifier.stopping(leaving_line(reason, config)); });
    if (!why) {
        control.leave(why.error().message());
        throw StartupError("cannot start", why.error());
    }
    os::block_signals();  // whoever asks to stop now need not
    const std::string leaving = full_leaving_line(*why, config, replacement.is_done());
    say_leaving(leaving, lifetime);
    lifetime.leave(leaving);
    control.leave(leaving);
    if (*why == serve::Leaving::idle || *why == serve::Leaving::drained) return 0;
    // Workers may still be in the middle of what is to be cut: their threads end with the process, not before it.
    for (Listener& listener : listeners) listener.file.remove();
    starter.reset();
    std::_Exit(0);
}

int run(std::span<const char* const> all_words, Predecessor& predecessor) {
    FS_ASSERT(!all_words.empty());
    predecessor.meet();
    const std::span words = all_words.subspan(1);
    const CommandLine line = parse_command_line(words);
    if (line.action == Action::help) return std::fputs(help_text().c_str(), stdout) < 0;
    if (line.action == Action::version) return std::puts(version_text) < 0;
    const config::Config config = load_config(line);
    if (line.action == Action::check_config) return check_config(config);
    os::ignore_sigpipe();
    os::ignore_sigxfsz();
    hold_memory_reserve();
    const auto log_sink = start_logging(config.log_level);
    const os::Program program{.path = os::program_path(all_words.front()), .words = {all_words.begin(), all_words.end()}};
    return serve_until_told(program, line, config, predecessor);
}

}  // namespace
}  // namespace filesrv::daemon

int main(int argc, char** argv) try {
    using namespace filesrv::daemon;
    const bool activated = std::getenv("LISTEN_FDS") != nullptr;
    StartupError failure(exit_could_not_run, "unknown");
    Predecessor predecessor;
    try {
        return run(std::span(argv, static_cast<std::size_t>(argc)), predecessor);
    } catch (const StartupError& error) {
        failure = error;
    } catch (const std::bad_alloc&) {
        failure = StartupError(exit_could_not_run, "out of memory");
    } catch (const std::exception& error) {
        failure = StartupError(exit_could_not_run, error.what());
    }
    std::fprintf(stderr, "filesrvd: %s\n", failure.what());
    predecessor.report_failure(failure.what());
    if (!predecessor.exists()) Notifier::from_environment().failed(failure.code(), failure.what());
    // Whoever waits in the queue of an inherited listener starts us again at once: not faster than once a second.
    if (activated && !predecessor.exists()) std::this_thread::sleep_for(std::chrono::seconds(1));
    return failure.exit_status();
} catch (const std::bad_alloc&) {
    std::fputs("filesrvd: out of memory\n", stderr);
    return filesrv::daemon::exit_could_not_run;
}
