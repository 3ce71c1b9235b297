// SPDX-License-Identifier: MIT
// What the commands of the control socket do.
#include "daemon/control_commands.hpp"

#include <new>
#include <utility>

#include "base/assert.hpp"
#include "base/numbers.hpp"
#include "config/values.hpp"
#include "daemon/cold_start.hpp"
#include "observe/log.hpp"
#include "os/child.hpp"
#include "os/usage.hpp"

namespace filesrv::daemon {
namespace {

using control::Answer;
using control::Call;
using control::Code;
using control::Command;

/// What belongs to the process, and is different a moment later. Waits for the disk.
void add_moment(observe::Snapshot& snapshot, const LifetimeKeeper& lifetime) {
    snapshot.uptime_s = seconds_of(os::monotonic_now() - process_began);
    snapshot.lifetime = lifetime.so_far();
    if (const auto cold = lifetime.cold_start()) snapshot.cold_start_ms = seconds_of(*cold) * 1000;
    snapshot.memory_bytes = os::resident_bytes().value_or(0);
    snapshot.descriptors.open = os::open_descriptors();
}

/// Maybe long after the call came: nobody else could say then that memory ran out.
void answer_upgrade(Call& call, const Replacement::Result& result) noexcept {
    try {
        if (result) return call.answer(Answer().add("pid", static_cast<std::uint64_t>(*result)));
        const Replacement::Failure& failure = result.error();
        if (failure.why.empty()) return call.fail();
        call.refuse(failure.tried ? Code::failed : Code::refused, failure.why);
    } catch (const std::bad_alloc&) {
        call.fail();
    }
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

void ControlCommands::serving_ended() noexcept {
    serving_ended_ = true;
    inspector_.serving_ended();
}

void ControlCommands::handle(Call& call) {
    const Command command = call.request().command;
    switch (command) {
        case Command::ping: return call.answer(Answer().add("pid", parts_.fixed.pid).add("version", parts_.fixed.version));
        case Command::drain: return drain(call);
        case Command::stop: return stop(call);
        case Command::status:
        case Command::connections:
        case Command::reload:
        case Command::upgrade:
        case Command::log_level:
        case Command::kick: break;
    }
    // Nobody turns the loops any more that would have to do it.
    if (serving_ended_) return call.refuse(Code::draining, "the daemon is leaving");
    if (command == Command::connections) return inspector_.list(call);
    if (command == Command::reload) return reload(call);
    if (command == Command::upgrade) return upgrade(call);
    if (command == Command::log_level) return set_log_level(call);
    FS_ASSERT(command == Command::kick);
    kick(call);
}

/// Figures, also of a main loop that is stuck.
std::optional<std::string> ControlCommands::answer_here(const control::Request& request) {
    if (request.command != Command::status) return std::nullopt;
    observe::Snapshot snapshot = parts_.fixed;
    snapshot.successor = parts_.server.has_successor();
    snapshot.predecessors = parts_.server.is_held();
    parts_.server.fill(snapshot);
    add_moment(snapshot, parts_.lifetime);
    return Answer().add_json("status", observe::to_json(snapshot)).line();
}

void ControlCommands::reload(Call& call) const {
    const auto done = parts_.reload();
    if (!done) return call.refuse(Code::refused, "the old configuration stays in force: " + done.error());
    call.answer(Answer().add("changed", done->changed).add("waiting", done->waiting));
}

void ControlCommands::upgrade(Call& call) const {
    parts_.replacement.begin([&call](const Replacement::Result& result) { answer_upgrade(call, result); });
}

Answer ControlCommands::leaving(std::string_view state) const {
    const serve::Totals totals = parts_.server.counters().sum();
    FS_ASSERT(totals.requests_ended <= totals.requests_begun);
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

void ControlCommands::kick(Call& call) {
    const auto id = parse_decimal(call.request().argument);
    if (!id) return call.refuse(Code::bad_argument, "kick: '" + call.request().argument + "' is no connection's number");
    inspector_.kick(call, *id);
}

}  // namespace filesrv::daemon
