// SPDX-License-Identifier: MIT
// The commands that change something, and wait for it.
#include "base/assert.hpp"
#include "base/utf8.hpp"
#include "tools/filesrvctl/commands.hpp"
#include "tools/filesrvctl/format.hpp"
#include "tools/filesrvctl/json_text.hpp"
#include "tools/filesrvctl/output.hpp"
#include "tools/filesrvctl/session.hpp"

namespace filesrv::ctl {
namespace {

/// What an order means to a daemon that does not run. Only one that sleeps has nothing left to do.
Exit tell_sleeper(const Daemon& daemon, const Arguments& arguments, const std::string& words) {
    FS_ASSERT(daemon.instance.has_value());
    const bool failed = daemon.state == InstanceState::failed;
    if (failed) throw Failure(Exit::failed, daemon.instance->service_name() + " does not run, its last start failed: filesrvctl doctor says what mends it");
    if (arguments.json) print(json_object({{"state", json_string("asleep")}}));
    else print("asleep: " + words);
    return Exit::ok;
}

/// Hands the order over and leaves.
Exit send_only(const Daemon& daemon, const Arguments& arguments, const std::string& line) {
    Session(daemon.socket).send(line);
    if (arguments.json) print(json_object({{"sent", json_string(line)}}));
    return Exit::ok;
}

std::string reload_text(const PlainAnswer& answer) {
    std::string text = answer.changed.empty() ? "reloaded: nothing has changed" : "reloaded: " + printable(answer.changed);
    if (!answer.waiting.empty()) text += "; needs a new start (filesrvctl upgrade): " + printable(answer.waiting);
    return text;
}

}  // namespace

Exit reload(const Arguments& arguments) {
    const Daemon daemon = find_daemon(arguments.socket);
    if (daemon.state != InstanceState::running) return tell_sleeper(daemon, arguments, "the next start reads the configuration");
    if (arguments.no_wait) return send_only(daemon, arguments, "reload");
    const PlainAnswer answer = Session(daemon.socket).command("reload", result_patience);
    if (arguments.json) print(json_object({{"changed", json_string(answer.changed)}, {"waiting", json_string(answer.waiting)}}));
    else print(reload_text(answer));
    return Exit::ok;
}

Exit drain_or_stop(const Arguments& arguments) {
    const Daemon daemon = find_daemon(arguments.socket);
    if (daemon.state != InstanceState::running)
        return tell_sleeper(daemon, arguments, "nothing to end; " + daemon.instance->systemctl() + " stop " + daemon.instance->socket_name() + " frees its port");
    Session session(daemon.socket);
    const PlainAnswer first = session.command(std::string(spec_of(arguments.command).name));
    const std::string in_flight = std::to_string(first.in_flight);
    if (!arguments.json) print(printable(first.state) + ", " + counted(first.in_flight, "request") + " in flight");
    if (arguments.no_wait) {
        if (arguments.json) print(json_object({{"state", json_string(first.state)}, {"in_flight", in_flight}}));
        return Exit::ok;
    }
    const PlainAnswer last = session.next(leave_patience);
    if (!last.left) throw Failure(Exit::failed, "the daemon did not say why it has left");
    if (arguments.json) print(json_object({{"state", json_string("left")}, {"in_flight", in_flight}, {"left", json_string(*last.left)}}));
    else print(printable(*last.left));
    return Exit::ok;
}

Exit upgrade(const Arguments& arguments) {
    const Daemon daemon = find_daemon(arguments.socket);
    if (daemon.state != InstanceState::running) return tell_sleeper(daemon, arguments, "the next start runs the program that is installed by then");
    if (arguments.no_wait) return send_only(daemon, arguments, "upgrade");
    Session session(daemon.socket);
    const PlainAnswer before = session.command("ping");
    const PlainAnswer answer = session.command("upgrade", result_patience);
    if (arguments.json) print(json_object({{"pid", std::to_string(answer.pid)}, {"was", std::to_string(before.pid)}}));
    else print("process " + std::to_string(answer.pid) + " serves; process " + std::to_string(before.pid) + " finishes what it has and leaves");
    return Exit::ok;
}

Exit set_log_level(const Arguments& arguments) {
    const Daemon daemon = find_daemon(arguments.socket);
    if (daemon.state != InstanceState::running)
        throw Failure(Exit::failed, "asleep: a level that is set now would be gone; set log_level in its configuration");
    const PlainAnswer answer = Session(daemon.socket).command("log-level " + arguments.argument);
    if (arguments.json) print(json_object({{"level", json_string(arguments.argument)}, {"was", json_string(answer.was)}}));
    else print("log level " + arguments.argument + ", was " + printable(answer.was));
    return Exit::ok;
}

Exit kick(const Arguments& arguments) {
    const Daemon daemon = find_daemon(arguments.socket);
    if (daemon.state != InstanceState::running) throw Failure(Exit::failed, "asleep: it has no connections");
    (void)Session(daemon.socket).command("kick " + arguments.argument);
    if (arguments.json) print(json_object({{"closed", arguments.argument}}));
    else print("closed " + arguments.argument);
    return Exit::ok;
}

}  // namespace filesrv::ctl
