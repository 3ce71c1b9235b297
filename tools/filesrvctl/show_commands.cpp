// SPDX-License-Identifier: MIT
// The commands that only look.
#include <algorithm>
#include <chrono>
#include <cstdio>

#include "base/assert.hpp"
#include "base/utf8.hpp"
#include "observe/metrics.hpp"
#include "os/clock.hpp"
#include "tools/filesrvctl/commands.hpp"
#include "tools/filesrvctl/connections_text.hpp"
#include "tools/filesrvctl/format.hpp"
#include "tools/filesrvctl/json_text.hpp"
#include "tools/filesrvctl/output.hpp"
#include "tools/filesrvctl/session.hpp"
#include "tools/filesrvctl/status_text.hpp"
#include "tools/filesrvctl/version.hpp"

namespace filesrv::ctl {
namespace {

bool runs(const Daemon& daemon) {
    FS_ASSERT(daemon.instance.has_value() || daemon.state == InstanceState::running);
    return daemon.state == InstanceState::running;
}

std::string asleep_word(InstanceState state) { return state == InstanceState::failed ? "failed" : "asleep"; }

void print_sleeper(const Sleeper& sleeper, bool json) {
    if (json) return print(to_json(sleeper));
    const WallTime now = os::wall_now();
    const auto now_s = std::chrono::floor<std::chrono::seconds>(now).time_since_epoch().count();
    const std::int64_t offset_s = std::chrono::seconds(os::local_utc_offset(now)).count();
    print(status_lines(sleeper, now_s, offset_s, output_style()));
}

ConnectionsAnswer connections_of(const Daemon& daemon) {
    if (!runs(daemon)) return {.connections = {}, .truncated = false, .json = "[]"};
    return Session(daemon.socket).connections();
}

struct DaemonVersion {
    std::string version;  ///< empty: it sleeps
    std::string about;
};

DaemonVersion version_of(const Daemon& daemon) {
    if (!runs(daemon)) return {.version = {}, .about = asleep_word(daemon.state)};
    const PlainAnswer answer = Session(daemon.socket).command("ping");
    return {.version = answer.version, .about = printable(answer.version) + ", pid " + std::to_string(answer.pid)};
}

DaemonVersion find_version(const std::string& socket) {
    try {
        return version_of(find_daemon(socket));
    } catch (const Gone&) {
        return version_of(find_again(socket));
    }
}

void print_truncated(bool truncated) {
    if (truncated) print("… and more");
}

}  // namespace

Exit exit_of(InstanceState state) noexcept { return state == InstanceState::failed ? Exit::failed : Exit::ok; }

Sleeper sleeper_with_counters(const Instance& instance) {
    Sleeper sleeper = sleeper_of(instance);
    sleeper.counters = read_counters(instance);
    if (sleeper.counters.kept == Kept::forbidden)
        throw Failure(Exit::no_permission, asleep_word(sleeper.state) + ", and no permission for its counters in " + sleeper.counters.path +
                                               ": try sudo filesrvctl status");
    return sleeper;
}

Exit show_status(const Arguments& arguments) {
    const Daemon daemon = find_daemon(arguments.socket);
    if (!runs(daemon)) {
        print_sleeper(sleeper_with_counters(*daemon.instance), arguments.json);
        return exit_of(daemon.state);
    }
    print_status(Session(daemon.socket).status(), arguments.json);
    return Exit::ok;
}

void print_status(const StatusAnswer& answer, bool json) {
    if (json) print(answer.json);
    else print(status_lines(answer.snapshot, output_style()));
}

Exit show_connections(const Arguments& arguments) {
    const Daemon daemon = find_daemon(arguments.socket);
    const ConnectionsAnswer answer = connections_of(daemon);
    if (arguments.json) {
        print(json_object({{"state", json_string(runs(daemon) ? "running" : asleep_word(daemon.state))}, {"connections", answer.json},
                           {"truncated", answer.truncated ? "true" : "false"}}));
    } else if (!runs(daemon)) {
        print(asleep_word(daemon.state) + ": no connections");
    } else {
        print(connection_lines(answer.connections, output_columns(), output_style()));
        print_truncated(answer.truncated);
    }
    return exit_of(daemon.state);
}

Exit show_transfers(const Arguments& arguments) {
    const Daemon daemon = find_daemon(arguments.socket);
    ConnectionsAnswer answer = connections_of(daemon);
    std::erase_if(answer.connections, [](const auto& connection) { return !connection.transfer; });
    if (arguments.json) {
        print(json_object({{"state", json_string(runs(daemon) ? "running" : asleep_word(daemon.state))},
                           {"transfers", observe::to_json(answer.connections)}, {"truncated", answer.truncated ? "true" : "false"}}));
    } else if (answer.connections.empty()) {
        print((runs(daemon) ? "" : asleep_word(daemon.state) + ": ") + std::string("no transfers"));
    } else {
        print(transfer_lines(answer.connections, output_columns(), output_style()));
        print_truncated(answer.truncated);
    }
    return exit_of(daemon.state);
}

Exit show_metrics(const Arguments& arguments) {
    const Daemon daemon = find_daemon(arguments.socket);
    const observe::Snapshot snapshot =
        runs(daemon) ? Session(daemon.socket).status().snapshot : as_snapshot(sleeper_with_counters(*daemon.instance));
    const std::string text = observe::metrics_text(snapshot);
    if (arguments.json) print(json_object({{"metrics", json_string(text)}}));
    else if (std::fputs(text.c_str(), stdout) < 0 || std::fflush(stdout) != 0) throw Failure(Exit::failed, "cannot write the metrics");
    return exit_of(daemon.state);
}

Exit ping(const Arguments& arguments) {
    const Daemon daemon = find_daemon(arguments.socket);
    if (!runs(daemon)) {
        if (arguments.json) print(json_object({{"state", json_string(asleep_word(daemon.state))}}));
        else print(asleep_word(daemon.state) + ", " + daemon.instance->socket_name() + " listens");
        return exit_of(daemon.state);
    }
    const Instant asked_at = os::monotonic_now();
    const PlainAnswer answer = Session(daemon.socket).command("ping");
    const auto took_us = std::chrono::duration_cast<std::chrono::microseconds>(os::monotonic_now() - asked_at).count();
    if (arguments.json) {
        print(json_object({{"state", json_string("running")}, {"pid", std::to_string(answer.pid)}, {"version", json_string(answer.version)},
                           {"took_us", std::to_string(took_us)}}));
    } else {
        print("filesrvd " + printable(answer.version) + ", pid " + std::to_string(answer.pid) + ", answers after " +
              latency_text(static_cast<std::uint64_t>(took_us)));
    }
    return Exit::ok;
}

Exit show_version(const Arguments& arguments) {
    DaemonVersion daemon;
    // That no daemon can be asked is no fault of who wants to know the version.
    try {
        daemon = find_version(arguments.socket);
    } catch (const Failure& failure) {
        daemon.about = failure.status() == Exit::not_running ? "not running" : failure.what();
    }
    const std::string json = daemon.version.empty() ? "null" : json_string(daemon.version);
    if (arguments.json) print(json_object({{"filesrvctl", json_string(version_text)}, {"filesrvd", json}}));
    else print(std::vector{"filesrvctl " + std::string(version_text), "filesrvd " + daemon.about});
    return Exit::ok;
}

}  // namespace filesrv::ctl
