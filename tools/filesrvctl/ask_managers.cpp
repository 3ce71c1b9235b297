// SPDX-License-Identifier: MIT
// The service managers, asked through systemctl(1): it speaks to them over their own bus and never to our sockets.
#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <iterator>
#include <optional>
#include <sstream>

#include "base/assert.hpp"
#include "os/capture.hpp"
#include "tools/filesrvctl/units.hpp"

namespace filesrv::ctl {
namespace {

using Words = std::vector<std::string>;

/// All that is looked at anywhere here. What an older manager does not know is left out of its answer.
constexpr const char* wanted_properties =
    "Id,LoadState,ActiveState,SubState,Result,MainPID,ExecMainStatus,ExecStart,StateDirectory,RuntimeDirectory,User,DynamicUser,"
    "LimitNOFILE,ReadWritePaths,ProtectHome,ProtectSystem,NeedDaemonReload,UnitFileState,Listen,FileDescriptorName,Triggers,"
    "TriggeredBy,ActiveEnterTimestamp,InactiveEnterTimestamp,StateChangeTimestamp";

/// Standard output of systemctl; nothing when it could not be asked.
std::optional<std::string> systemctl(Manager manager, const Words& more) {
    Words words = {"systemctl"};
    if (manager == Manager::user) words.emplace_back("--user");
    words.insert(words.end(), more.begin(), more.end());
    auto said = os::capture(words);
    if (!said || said->status != 0) return std::nullopt;
    return std::move(said->text);
}

std::optional<std::vector<Unit>> show(Manager manager, const Words& names) {
    FS_ASSERT(!names.empty());
    Words words = {"show", "--no-pager", "--timestamp=unix", "-p", wanted_properties, "--"};
    words.insert(words.end(), names.begin(), names.end());
    const auto said = systemctl(manager, words);
    if (!said) return std::nullopt;
    return parse_units(*said);
}

/// The units of the line of `systemctl list-sockets` that is about this path: LISTEN UNIT ACTIVATES…
Words holders_of(Manager manager, const std::string& path) {
    if (path.empty()) return {};
    std::istringstream lines(systemctl(manager, {"list-sockets", "--all", "--plain", "--no-legend", "--full", "--no-pager"}).value_or(""));
    Words units;
    for (std::string line; std::getline(lines, line);) {
        if (!line.starts_with(path + ' ')) continue;
        std::istringstream words(line.substr(path.size()));
        for (std::string unit; words >> unit;)
            if (unit.ends_with(".socket") || unit.ends_with(".service")) units.push_back(unit);
    }
    return units;
}

/// Sockets that start one of the services, and that nobody has asked for yet.
Words missing_sockets(const std::vector<Unit>& units) {
    Words missing;
    for (const Unit& unit : units) {
        std::istringstream names(unit.property("TriggeredBy"));
        for (std::string name; names >> name;) {
            const bool known = std::ranges::any_of(units, [&](const Unit& other) { return other.property("Id") == name; });
            if (!known && name.ends_with(".socket")) missing.push_back(name);
        }
    }
    return missing;
}

std::optional<std::vector<Instance>> ask(Manager manager, const std::string& socket_path) {
    // The plain units by name, which loads them; of the templates those that the manager holds in memory.
    Words names = {"filesrv.service", "filesrv.socket", "filesrv@*.service", "filesrv@*.socket"};
    for (const std::string& name : holders_of(manager, socket_path))
        if (std::ranges::find(names, name) == names.end()) names.push_back(name);
    auto units = show(manager, names);
    if (!units) return std::nullopt;
    if (const Words missing = missing_sockets(*units); !missing.empty())
        if (auto more = show(manager, missing)) std::move(more->begin(), more->end(), std::back_inserter(*units));
    return pair_units(*units, manager);
}

}  // namespace

Managers ask_managers(const std::string& socket_path) {
    Managers managers;
    std::error_code failed;
    // sd_booted(3): there is a manager, even when it does not answer us.
    const auto own = ask(Manager::system, socket_path);
    managers.refused = !own && std::filesystem::is_directory("/run/systemd/system", failed);
    if (own) managers.instances = *own;
    const char* runtime = std::getenv("XDG_RUNTIME_DIR");
    if (runtime != nullptr && *runtime == '/' && std::filesystem::exists(std::string(runtime) + "/systemd/private", failed))
        if (auto mine = ask(Manager::user, socket_path)) std::move(mine->begin(), mine->end(), std::back_inserter(managers.instances));
    std::erase_if(managers.instances, [](const Instance& instance) { return state_of(instance) == InstanceState::missing; });
    return managers;
}

}  // namespace filesrv::ctl
