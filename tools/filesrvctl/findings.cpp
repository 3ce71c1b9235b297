// SPDX-License-Identifier: MIT
// What is wrong, and the command that mends it.
#include "tools/filesrvctl/findings.hpp"

#include <algorithm>
#include <map>

#include "base/assert.hpp"
#include "base/utf8.hpp"
#include "tools/filesrvctl/format.hpp"

namespace filesrv::ctl {
namespace {

using Findings = std::vector<Finding>;

/// A daemon as the mending of it needs it.
struct Subject {
    std::string name;               ///< `filesrv.service`, `process 12`
    const Instance* instance;       ///< null: started by hand
    std::string file;               ///< of its configuration; empty = none, or unknown
};

/// A path as a word of a shell's command.
std::string quoted(const std::string& path) {
    constexpr std::string_view plain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789/._-@+:,";
    if (!path.empty() && path.find_first_not_of(plain) == std::string::npos) return path;
    std::string text = "'";
    for (const char c : path) text += c == '\'' ? "'\\''" : std::string(1, c);
    return text + '\'';
}

/// Where a setting is changed, and what puts it into force.
std::string set_option(const Subject& subject, const std::string& key, const std::string& value) {
    if (!subject.file.empty() && subject.instance != nullptr)
        return "set " + key + " = " + value + " in " + quoted(subject.file) + ", then: filesrvctl reload";
    std::string option = key;
    std::ranges::replace(option, '_', '-');
    if (subject.instance != nullptr) return "add --" + option + ' ' + value + " to ExecStart= by: " + subject.instance->systemctl() + " edit --full " + subject.name;
    return "start it with: filesrvd --" + option + ' ' + value;
}

void judge_root(const Subject& subject, const RootFacts& root, Findings& found) {
    const std::string path = printable(root.path);
    const std::string word = quoted(root.path);
    const std::string user = root.user.empty() ? "its user" : "user " + printable(root.user);
    const auto add = [&](const char* code, const std::string& what, const std::string& mend) {
        found.push_back({.code = code, .about = subject.name, .what = what, .mend = mend});
    };
    const std::string own_user = "set DynamicUser=no and User= by: " + (subject.instance == nullptr ? "systemctl" : subject.instance->systemctl()) + " edit " + subject.name;
    if (root.fenced)
        return add("root_fenced", path + " is out of reach: the unit's ProtectHome=, ProtectSystem= or DynamicUser= keeps the service from it",
                   "set ProtectHome=no, DynamicUser=no, User= and ReadWritePaths=" + root.path + " by: " + subject.instance->systemctl() + " edit " + subject.name);
    switch (root.access) {
        case RootAccess::fine:
        case RootAccess::unknown: break;
        case RootAccess::missing: return add("root_missing", "the folder to serve, " + path + ", is not there", "mkdir -p " + word);
        case RootAccess::not_folder: return add("root_not_folder", path + " is no folder", "ls -ld " + word);
        case RootAccess::unreadable: return add("root_unreadable", user + " may not read " + path, root.user.empty() ? own_user : "setfacl -m u:" + root.user + ":rX " + word + ", and of the folders above it those that namei -l " + word + " shows closed");
        case RootAccess::unwritable: return add("root_unwritable", user + " may not write into " + path, root.user.empty() ? own_user : "chown " + root.user + ' ' + word + ", or serve it with --read-only");
    }
    const std::uint64_t least = std::max(root.min_free, free_bytes_low);
    if (!root.free_bytes || *root.free_bytes >= least || !root.writing) return;
    add("low_space", bytes_text(*root.free_bytes) + " are free at " + path + ", " + bytes_text(least) + " should be", "du -xah " + word + " | sort -h | tail -n 20, and remove what is not needed");
}

void judge_serving(const Subject& subject, const ServingFacts& serving, Findings& found) {
    FS_ASSERT(!subject.name.empty());
    judge_root(subject, serving.root, found);
    // As in the daemon: a tenth of the descriptors is for files, listeners and logs.
    const std::uint64_t limit = serving.descriptors_max;
    if (limit > 0 && serving.connections_max > limit / 10 * 9) {
        const std::string wanted = std::to_string(serving.connections_max + serving.connections_max / 9 + 64);
        found.push_back({.code = "descriptors", .about = subject.name,
                         .what = counted(serving.connections_max, "connection") + " are allowed, and only " + counted(limit, "descriptor"),
                         .mend = subject.instance != nullptr ? "set LimitNOFILE=" + wanted + " by: " + subject.instance->systemctl() + " edit " + subject.name
                                                             : "ulimit -n " + wanted + ", and start it again"});
    }
    if (serving.idle_shutdown_s > 0 && serving.timeout_max_s > serving.idle_shutdown_s) {
        const auto whole = std::to_string(std::max<std::uint64_t>(1, static_cast<std::uint64_t>(serving.idle_shutdown_s)));
        found.push_back({.code = "keep_alive", .about = subject.name,
                         .what = "connections are kept for up to " + duration_text(serving.timeout_max_s) + ", longer than the " +
                                 duration_text(serving.idle_shutdown_s) + " after which an idle daemon leaves",
                         .mend = set_option(subject, "timeout_max", whole)});
    }
}

/// Why nothing can start it.
void judge_state(const UnitFacts& unit, Findings& found) {
    const Instance& instance = unit.instance;
    const std::string systemctl = instance.systemctl();
    const std::string socket = instance.socket_name();
    const std::string service = instance.service_name();
    const bool limited = [&] {
        const auto hit = [](const Unit& one) { return one.property("Result").ends_with("limit-hit"); };
        return hit(instance.service) || std::ranges::any_of(instance.sockets, hit);
    }();
    for (const TakenPort& port : unit.taken)
        found.push_back({.code = "port_taken", .about = socket, .what = port.address + " is taken by " + port.holder,
                         .mend = "end that, or choose another ListenStream= by: " + systemctl + " edit " + socket + "; then: " + systemctl + " restart " + socket});
    const auto start_again = [&](const char* code, const std::string& what) {
        found.push_back({.code = code, .about = socket, .what = what, .mend = systemctl + " reset-failed " + socket + ' ' + service + " && " + systemctl + " start " + socket});
    };
    switch (state_of(instance)) {
        case InstanceState::missing:
        case InstanceState::running:
        case InstanceState::asleep: return;
        case InstanceState::down:
            if (unit.taken.empty()) found.push_back({.code = "stopped", .about = socket, .what = "nothing listens: the socket is stopped", .mend = systemctl + " start " + socket});
            return;
        case InstanceState::socket_failed:
            if (limited) return start_again("trigger_limit", "it was started too often in too short a time, and listens no more");
            if (unit.taken.empty()) start_again("socket_failed", "it failed (" + instance.socket().property("Result") + "), and listens no more");
            return;
        case InstanceState::failed:
            found.push_back({.code = "failed", .about = service, .what = "its last start failed (" + instance.service.property("Result") + ')',
                             .mend = "journalctl" + std::string(instance.manager == Manager::user ? " --user" : "") + " -n 20 -u " + service + " says why; then: " + systemctl + " reset-failed " + service});
            return;
    }
    FS_UNREACHABLE("an instance in no state");
}

void judge_unit(const UnitFacts& unit, Findings& found) {
    const Instance& instance = unit.instance;
    const Subject subject{.name = instance.service_name(), .instance = &instance, .file = unit.configured.file};
    judge_state(unit, found);
    const auto add = [&](const char* code, const std::string& what, const std::string& mend) {
        found.push_back({.code = code, .about = subject.name, .what = what, .mend = mend});
    };
    if (!unit.configured.trouble.empty()) add("configuration", printable(unit.configured.trouble), "filesrvd -t -c " + quoted(subject.file) + " tells all that is wrong in it");
    else if (!unit.conflict.empty()) add("configuration", printable(unit.conflict), "change one of them: " + (subject.file.empty() ? instance.systemctl() + " edit " + subject.name : "editor " + quoted(subject.file)));
    if (!unit.user_known) add("user_missing", "there is no user " + instance.service.property("User"), "systemd-sysusers");
    const auto stale = [](const Unit& one) { return one.property("NeedDaemonReload") == "yes"; };
    if (stale(instance.service) || std::ranges::any_of(instance.sockets, stale))
        add("units_changed", "its unit files have changed since the manager read them", instance.systemctl() + " daemon-reload");
    if (unit.counters.kept == Kept::broken)
        add("counters_broken", unit.counters.path + " cannot be read as counters", "mv " + quoted(unit.counters.path) + ' ' + quoted(unit.counters.path + ".broken"));
    if (unit.serving) judge_serving(subject, *unit.serving, found);
}

void judge_daemon(const DaemonFacts& daemon, const std::vector<UnitFacts>& units, Findings& found) {
    Subject subject{.name = "process " + std::to_string(daemon.pid), .instance = nullptr, .file = {}};
    if (daemon.instance) {
        subject.instance = &*daemon.instance;
        subject.name = daemon.instance->service_name();
        for (const UnitFacts& unit : units)
            if (unit.instance.name == daemon.instance->name && unit.instance.manager == daemon.instance->manager) subject.file = unit.configured.file;
    }
    judge_serving(subject, daemon.serving, found);
    if (daemon.workers_stuck > 0)
        found.push_back({.code = "stuck_workers", .about = subject.name,
                         .what = counted(daemon.workers_stuck, "worker") + " cannot go on: a call on " + printable(daemon.serving.root.path) + " does not return",
                         .mend = "findmnt -T " + quoted(daemon.serving.root.path) + " names its file system: mend that, then: filesrvctl upgrade"});
}

Finding judge_deaf(const Probe& probe) {
    FS_ASSERT(probe.trouble.has_value());
    // It begins with the path, as all that a client says.
    const std::string why = probe.about.starts_with(probe.path + ": ") ? probe.about.substr(probe.path.size() + 2) : probe.about;
    const auto found = [&](const char* code, const std::string& mend) { return Finding{.code = code, .about = printable(probe.path), .what = printable(why), .mend = mend}; };
    switch (*probe.trouble) {
        case control::Trouble::stale: return found("stale_socket", "rm " + quoted(probe.path));
        case control::Trouble::forbidden: return found("no_permission", "sudo filesrvctl doctor");
        case control::Trouble::absent:
        case control::Trouble::silent:
        case control::Trouble::ended:
        case control::Trouble::broken: return found("no_answer", "fuser -v " + quoted(probe.path) + " names the process: if that is a filesrvd, end it and start it again");
    }
    FS_UNREACHABLE("a trouble of no kind");
}

/// Daemons that were killed leave a file each, in one folder: many are one finding, or they would hide all others.
void judge_left_behind(const std::vector<Probe>& stale, Findings& found) {
    constexpr std::size_t told_one_by_one = 2;
    std::map<std::string, std::vector<const Probe*>> by_folder;
    for (const Probe& probe : stale) by_folder[probe.path.substr(0, probe.path.rfind('/'))].push_back(&probe);
    for (const auto& [folder, probes] : by_folder) {
        if (probes.size() <= told_one_by_one) {
            for (const Probe* probe : probes) found.push_back(judge_deaf(*probe));
            continue;
        }
        std::string mend = "rm";
        for (const Probe* probe : probes) mend += ' ' + quoted(probe->path);
        found.push_back({.code = "stale_socket", .about = printable(folder),
                         .what = counted(probes.size(), "socket") + " on which nobody listens (the files were left behind)", .mend = mend});
    }
}

}  // namespace

std::vector<Finding> find(const Facts& facts) {
    Findings found;
    for (const UnitFacts& unit : facts.units) judge_unit(unit, found);
    for (const DaemonFacts& daemon : facts.daemons) judge_daemon(daemon, facts.units, found);
    std::vector<Probe> stale;
    for (const Probe& probe : facts.deaf) {
        if (probe.trouble == control::Trouble::stale) stale.push_back(probe);
        else found.push_back(judge_deaf(probe));
    }
    judge_left_behind(stale, found);
    if (facts.managers_refused)
        found.push_back({.code = "no_permission", .about = "service manager", .what = "it does not tell us about filesrv's units", .mend = "sudo filesrvctl doctor"});
    if (!facts.units.empty() || !facts.daemons.empty()) return found;
    for (const TakenPort& port : facts.taken)
        found.push_back({.code = "port_taken", .about = port.address, .what = port.address + " is taken by " + port.holder, .mend = "choose another one: filesrvd --listen 8081 --root DIR"});
    found.push_back({.code = "nobody", .about = "filesrvd", .what = "no filesrvd runs here, and no filesrv.socket waits for a connection", .mend = "filesrvd --root DIR"});
    return found;
}

}  // namespace filesrv::ctl
