// SPDX-License-Identifier: MIT
// What the commands of the control socket do.
#include "daemon/control_commands.hpp"

#include <utility>

#include "base/assert.hpp"
#include "base/numbers.hpp"
#include "config/values.hpp"
#include "daemon/cold_start.hpp"
#include "observe/log.hpp"
#include "os/child.hpp"
#include "os/usage.hpp"
#include "serve/inspection.hpp"

namespace filesrv::daemon {
namespace {

using control::Answer;
using control::Call;
using control::Code;
using control::Command;

constexpr std::size_t connections_max = 20'000;
/// Below what a client takes, with room for the rest of the answer.
constexpr std::size_t list_bytes_max = 15 * 1024 * 1024;

double seconds(Duration duration) noexcept { return std::chrono::duration<double>(duration).count(); }

/// What belongs to the process, and is different a moment later. Waits for the disk.
void add_moment(observe::Snapshot& snapshot, const LifetimeKeeper& lifetime) {
    snapshot.uptime_s = seconds(os::monotonic_now() - process_began);
    snapshot.lifetime = lifetime.so_far();
    if (const auto cold = lifetime.cold_start()) snapshot.cold_start_ms = seconds(*cold) * 1000;
    snapshot.memory_bytes = os::resident_bytes().value_or(0);
    snapshot.descriptors.open = os::open_descriptors();
}

/// Targets of requests may be long: the list is halved until its text fits.
std::string connections_line(serve::ConnectionList list) {
    std::string text = observe::to_json(list.connections);
    while (text.size() > list_bytes_max) {
        FS_ASSERT(list.connections.size() > 1);
        list.connections.resize(list.connections.size() / 2);
        list.truncated = true;
        text = observe::to_json(list.connections);
    }
    return Answer().add_json("connections", text).add_json("truncated", list.truncated ? "true" : "false").line();
}

}  // namespace

observe::Snapshot fixed_part(const FixedFacts& facts) {
    observe::Snapshot fixed;
    fixed.version = facts.version;
    fixed.pid = static_cast<std::uint64_t>(os::own_process_id());
    const auto began = os::wall_now() - (os::monotonic_now() - process_began);
    fixed.started_at_s = std::chrono::floor<std::chrono::seconds>(began.time_since_epoch()).count();
    fixed.root = facts.root;
    for (const Listener& listener : facts.listeners) fixed.listeners.push_back({.address = listener.address, .activated = listener.activated});
    fixed.socket = facts.socket;
    fixed.state_dir = facts.state_folder;
    fixed.descriptors.limit = facts.fd_limit;
    return fixed;
}

void ControlCommands::handle(Call& call) {
    const Command command = call.request().command;
    switch (command) {
        case Command::ping: return call.answer(Answer().add("pid", parts_.fixed.pid).add("version", parts_.fixed.version));
        case Command::status: return tell_status(call);
        case Command::drain: return drain(call);
        case Command::stop: return stop(call);
        case Command::connections:
        case Command::reload:
        case Command::upgrade:
        case Command::log_level:
        case Command::kick: break;
    }
    // Nobody turns the loops any more that would have to do it.
    if (serving_ended_) return call.refuse(Code::draining, "the daemon is leaving");
    if (command == Command::connections) return list_connections(call);
    if (command == Command::reload) return reload(call);
    if (command == Command::upgrade) return upgrade(call);
    if (command == Command::log_level) return set_log_level(call);
    FS_ASSERT(command == Command::kick);
    kick(call);
}

void ControlCommands::tell_status(Call& call) const {
    observe::Snapshot snapshot = parts_.fixed;
    snapshot.successor = parts_.replacement.is_done();
    snapshot.predecessors = parts_.predecessor.exists();
    call.answer([&server = parts_.server, &lifetime = parts_.lifetime, snapshot = std::move(snapshot)] {
        observe::Snapshot whole = snapshot;
        server.fill(whole);
        add_moment(whole, lifetime);
        return Answer().add_json("status", observe::to_json(whole)).line();
    });
}

void ControlCommands::list_connections(Call& call) const {
    parts_.server.list_connections(connections_max, [&call](serve::ConnectionList list) {
        call.answer([list = std::move(list)] { return connections_line(list); });
    });
}

void ControlCommands::reload(Call& call) const {
    const auto done = parts_.reload();
    if (!done) return call.refuse(Code::refused, "the old configuration stays in force: " + done.error());
    call.answer(Answer().add("changed", done->changed).add("waiting", done->waiting));
}

void ControlCommands::upgrade(Call& call) const {
    parts_.replacement.begin([&call](const Replacement::Result& result) {
        if (result) return call.answer(Answer().add("pid", static_cast<std::uint64_t>(*result)));
        call.refuse(result.error().tried ? Code::failed : Code::refused, result.error().why);
    });
}

Answer ControlCommands::leaving(std::string_view state) const {
    const serve::Totals totals = parts_.server.counters().sum();
    Answer answer;
    answer.add("state", state).add("in_flight", totals.requests_begun - totals.requests_ended);
    return answer;
}

void ControlCommands::drain(Call& call) const {
    if (!serving_ended_) parts_.replacement.drain();
    call.answer(leaving("draining"), Call::Then::tell_the_end);
}

void ControlCommands::stop(Call& call) const {
    call.answer(leaving("stopping"), Call::Then::tell_the_end);
    if (!serving_ended_) parts_.replacement.stop();
}

void ControlCommands::set_log_level(Call& call) {
    const auto level = config::parse_log_level(call.request().argument);
    if (!level) return call.refuse(Code::bad_argument, "log-level: " + level.error());
    const LogLevel was = observe::log_level();
    observe::set_log_level(*level);
    call.answer(Answer().add("was", config::to_text(was)));
}

void ControlCommands::kick(Call& call) const {
    const auto id = parse_decimal(call.request().argument);
    if (!id) return call.refuse(Code::bad_argument, "kick: '" + call.request().argument + "' is no connection's number");
    parts_.server.kick(*id, [&call](bool found) {
        if (found) return call.answer(Answer().add("id", *parse_decimal(call.request().argument)));
        call.refuse(Code::not_found, "there is no connection " + call.request().argument);
    });
}

}  // namespace filesrv::daemon
