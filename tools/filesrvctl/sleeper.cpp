// SPDX-License-Identifier: MIT
// What is known of a daemon that does not run.
#include "tools/filesrvctl/sleeper.hpp"

#include <cerrno>
#include <cstdlib>

#include "base/assert.hpp"
#include "os/file.hpp"
#include "os/open.hpp"
#include "tools/filesrvctl/unit_config.hpp"

namespace filesrv::ctl {
namespace {

constexpr const char* file_name = "/lifetime.json";
constexpr std::size_t counters_bytes_max = 64 * 1024;

}  // namespace

Sleeper sleeper_of(const Instance& instance) {
    const InstanceState state = state_of(instance);
    FS_ASSERT(state != InstanceState::running);
    const Unit& service = instance.service;
    Sleeper sleeper{.state = state, .name = instance.service_name(), .socket_name = instance.socket_name(), .addresses = {}, .since_s = 0,
                    .ever_ran = service.time("InactiveEnterTimestamp") > 0, .failure = {}, .counters = {}};
    sleeper.addresses = tcp_listeners(instance.socket());
    for (const std::string& path : unix_listeners(instance.socket())) sleeper.addresses.push_back("unix:" + path);
    sleeper.since_s = sleeper.ever_ran ? service.time("InactiveEnterTimestamp") : instance.socket().time("ActiveEnterTimestamp");
    if (state != InstanceState::failed) return sleeper;
    sleeper.since_s = service.time("StateChangeTimestamp");
    sleeper.failure = service.property("Result");
    if (sleeper.failure == "exit-code") sleeper.failure += ", status " + service.property("ExecMainStatus");
    return sleeper;
}

std::string state_folder_of(const Instance& instance, const std::string& file_state, const std::string& state_home) {
    const auto words = command_of(instance.service);
    if (auto wanted = option_of(words, "--state"); !wanted.empty()) return wanted;
    if (!file_state.empty()) return file_state;
    const std::string folders = instance.service.property("StateDirectory");
    const std::string first = folders.substr(0, folders.find(' '));
    if (instance.manager == Manager::system) return first.empty() ? std::string() : "/var/lib/" + first;
    // The user's manager sets STATE_DIRECTORY likewise; without it the daemon takes its own folder there.
    if (state_home.empty()) return {};
    return state_home + '/' + (first.empty() ? "filesrv" : first);
}

KeptCounters read_counters(const Instance& instance) {
    const char* home = std::getenv("XDG_STATE_HOME");
    const UnitConfig configured = read_unit_config(instance);
    const std::string folder = state_folder_of(instance, configured.config.state, home == nullptr ? "" : home);
    KeptCounters counters;
    if (folder.empty()) return counters;
    counters.path = folder + file_name;
    const auto file = os::open_path(counters.path.c_str(), os::OpenMode::read);
    if (!file) {
        const int code = file.error().code;
        counters.kept = code == EACCES || code == EPERM ? Kept::forbidden : Kept::none;
        return counters;
    }
    std::string text(counters_bytes_max, '\0');
    const auto bytes = os::read_at(file->get(), text, 0);
    text.resize(bytes.value_or(0));
    const auto lifetime = observe::parse_lifetime(text);
    counters.kept = lifetime ? Kept::known : Kept::broken;
    if (lifetime) counters.lifetime = *lifetime;
    return counters;
}

observe::Snapshot as_snapshot(const Sleeper& sleeper) {
    observe::Snapshot snapshot;
    snapshot.state = sleeper.state == InstanceState::failed ? "failed" : "asleep";
    for (const std::string& address : sleeper.addresses) snapshot.listeners.push_back({.address = address, .activated = true});
    snapshot.lifetime = sleeper.counters.lifetime;
    return snapshot;
}

}  // namespace filesrv::ctl
