// SPDX-License-Identifier: MIT
// Which daemon is meant: decided from what was seen.
#include "tools/filesrvctl/daemons.hpp"

#include <algorithm>

#include "base/assert.hpp"
#include "base/utf8.hpp"
#include "tools/filesrvctl/exit_status.hpp"
#include "tools/filesrvctl/format.hpp"

namespace filesrv::ctl {
namespace {

bool is_running(const Instance& instance) { return state_of(instance) == InstanceState::running; }

/// Every Unix socket that the manager holds for it, and the place where its daemon has its own.
std::vector<std::string> sockets_of(const Instance& instance) {
    std::vector<std::string> paths;
    for (const Unit& socket : instance.sockets)
        for (std::string& path : unix_listeners(socket)) paths.push_back(std::move(path));
    if (auto path = control_path(instance, run_folder(instance.manager)); !path.empty()) paths.push_back(std::move(path));
    return paths;
}

bool has(const std::vector<std::string>& paths, const std::string& path) { return std::ranges::find(paths, path) != paths.end(); }

[[noreturn]] void nobody(const std::string& why) { throw Failure(Exit::not_running, why); }

/// Of an instance that neither runs nor can be started by a connection.
std::string why_down(const Instance& instance) {
    if (state_of(instance) == InstanceState::socket_failed)
        return instance.socket_name() + " failed (" + instance.socket().property("Result") + "): filesrvctl doctor says what mends it";
    return instance.service_name() + " is stopped, and nothing listens for it: " + instance.systemctl() + " start " + instance.socket_name();
}

Daemon of_instance(const Instance& instance) {
    const InstanceState state = state_of(instance);
    FS_ASSERT(state != InstanceState::running && state != InstanceState::missing);
    if (state == InstanceState::down || state == InstanceState::socket_failed) nobody(why_down(instance));
    return {.state = state, .socket = {}, .instance = instance};
}

[[noreturn]] void several(const std::vector<Probe>& living, const std::vector<Instance>& sleeping) {
    std::string text = "several daemons are there; say which with --socket PATH:";
    for (const Probe& probe : living) text += "\n  " + printable(probe.path) + "  " + printable(probe.about);
    for (const Instance& instance : sleeping)
        text += "\n  " + control_path(instance, run_folder(instance.manager)) + "  " + instance.service_name() + ", asleep";
    throw Failure(Exit::usage, text);
}

/// Nobody lives and nobody sleeps: the most telling reason.
[[noreturn]] void nobody_there(const Survey& survey) {
    for (const Probe& probe : survey.probes)
        if (probe.trouble == control::Trouble::forbidden) throw Failure(Exit::no_permission, printable(probe.about) + ": try sudo filesrvctl");
    for (const Probe& probe : survey.probes)
        if (probe.trouble && *probe.trouble != control::Trouble::absent && *probe.trouble != control::Trouble::stale)
            throw Failure(Exit::failed, printable(probe.about));
    if (survey.managers.refused)
        throw Failure(Exit::no_permission, "no permission to ask the service manager whether filesrv sleeps: try sudo filesrvctl");
    for (const Instance& instance : survey.managers.instances) {
        if (is_running(instance))
            throw Failure(Exit::failed, instance.service_name() + " runs, and has no control socket at " + control_path(instance, run_folder(instance.manager)));
        nobody(why_down(instance));
    }
    nobody("no filesrvd runs here, and no filesrv.socket waits for a connection");
}

}  // namespace

std::vector<std::string> askable(const Managers& managers, const std::vector<std::string>& found) {
    std::vector<std::string> sleeping;
    std::vector<std::string> paths;
    for (const Instance& instance : managers.instances) {
        if (is_running(instance)) {
            const std::string path = control_path(instance, run_folder(instance.manager));
            if (!path.empty() && !has(paths, path)) paths.push_back(path);
        } else {
            std::ranges::move(sockets_of(instance), std::back_inserter(sleeping));
        }
    }
    for (const std::string& path : found)
        if (!has(paths, path)) paths.push_back(path);
    std::erase_if(paths, [&](const std::string& path) { return has(sleeping, path); });
    return paths;
}

Daemon choose(const Survey& survey) {
    std::vector<Probe> living;
    for (const Probe& probe : survey.probes) {
        // One daemon may be seen by two ways to its socket.
        const bool known = std::ranges::any_of(living, [&](const Probe& other) { return other.pid == probe.pid; });
        if (!probe.trouble && !known) living.push_back(probe);
    }
    std::vector<Instance> sleeping;
    for (const Instance& instance : survey.managers.instances) {
        const InstanceState state = state_of(instance);
        if (state == InstanceState::asleep || state == InstanceState::failed) sleeping.push_back(instance);
    }
    if (living.size() == 1) {
        Daemon daemon{.state = InstanceState::running, .socket = living[0].path, .instance = {}};
        for (const Instance& instance : survey.managers.instances)
            if (is_running(instance) && has(sockets_of(instance), daemon.socket)) daemon.instance = instance;
        return daemon;
    }
    if (living.size() > 1 || sleeping.size() > 1) several(living, sleeping);
    const bool unreachable_runs = std::ranges::any_of(survey.managers.instances, is_running);
    if (sleeping.empty() || unreachable_runs) nobody_there(survey);
    return of_instance(sleeping[0]);
}

Daemon choose_named(const std::string& path, const Managers& managers) {
    FS_ASSERT(!path.empty());
    for (const Instance& instance : managers.instances) {
        if (!has(sockets_of(instance), path)) continue;
        if (is_running(instance)) return {.state = InstanceState::running, .socket = path, .instance = instance};
        return of_instance(instance);
    }
    return {.state = InstanceState::running, .socket = path, .instance = {}};
}

bool agrees(const Survey& survey) {
    const auto is_gone = [](const Probe& probe) {
        return probe.trouble == control::Trouble::absent || probe.trouble == control::Trouble::stale || probe.trouble == control::Trouble::ended;
    };
    return std::ranges::none_of(survey.managers.instances, [&](const Instance& instance) {
        return is_running(instance) && std::ranges::any_of(survey.probes, [&](const Probe& probe) {
                   return is_gone(probe) && has(sockets_of(instance), probe.path);
               });
    });
}

void throw_unreachable(const control::ClientError& error) {
    switch (error.trouble) {
        case control::Trouble::absent:
        case control::Trouble::stale: throw Gone(Exit::not_running, printable(error.text), /*asked=*/false);
        case control::Trouble::ended: throw Gone(Exit::failed, printable(error.text), /*asked=*/true);
        case control::Trouble::forbidden: throw Failure(Exit::no_permission, printable(error.text) + ": try sudo filesrvctl");
        case control::Trouble::silent:
        case control::Trouble::broken: throw Failure(Exit::failed, printable(error.text));
    }
    FS_UNREACHABLE("a trouble of no kind");
}

}  // namespace filesrv::ctl
