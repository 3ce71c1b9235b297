// SPDX-License-Identifier: MIT
// What doctor looks at.
#include "tools/filesrvctl/doctor_facts.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "base/assert.hpp"
#include "os/child.hpp"
#include "os/open.hpp"
#include "os/stat.hpp"
#include "tools/filesrvctl/exit_status.hpp"
#include "tools/filesrvctl/ports.hpp"
#include "tools/filesrvctl/session.hpp"

namespace filesrv::ctl {
namespace {

constexpr const char* usual_addresses[] = {"127.0.0.1:8080", "[::1]:8080"};

std::optional<std::uint64_t> free_at(const std::string& path) {
    const auto folder = os::open_path(path.c_str(), os::OpenMode::any_folder);
    const auto bytes = folder ? os::free_bytes(folder->get()) : std::unexpected(folder.error());
    return bytes ? std::optional(*bytes) : std::nullopt;
}

bool is_below(const std::string& path, const std::string& folder) {
    return !folder.empty() && path.starts_with(folder) && (path.size() == folder.size() || path[folder.size()] == '/' || folder == "/");
}

/// Among the folders of a unit that the manager makes and gives to its user.
bool is_state_folder(const Instance& instance, const std::string& path) {
    std::istringstream names(instance.service.property("StateDirectory"));
    const bool system = instance.manager == Manager::system;
    for (std::string name; system && names >> name;)
        if (is_below(path, "/var/lib/" + name) || is_below(path, "/var/lib/private/" + name)) return true;
    return false;
}

/// ProtectHome=, ProtectSystem= and DynamicUser=, systemd.exec(5).
bool is_fenced(const Instance& instance, const std::string& path, bool writing) {
    const Unit& service = instance.service;
    if (is_state_folder(instance, path)) return false;
    const std::string home = service.property("ProtectHome");
    const bool at_home = is_below(path, "/home") || is_below(path, "/root") || is_below(path, "/run/user");
    if (at_home && (home == "yes" || home == "tmpfs")) return true;
    if (!writing) return false;
    if (at_home && home == "read-only") return true;
    std::istringstream opened(service.property("ReadWritePaths"));
    for (std::string open; opened >> open;)
        if (is_below(path, open.substr(std::min(open.find_first_not_of("-+"), open.size())))) return false;
    return service.property("ProtectSystem") == "strict" || service.property("DynamicUser") == "yes";
}

RootFacts root_of(const Instance& instance, const config::Config& config) {
    const Unit& service = instance.service;
    const bool is_dynamic = service.property("DynamicUser") == "yes";
    RootFacts root{.path = config.root, .user = is_dynamic ? "" : service.property("User"), .writing = !config.read_only, .fenced = false,
                   .access = RootAccess::unknown, .free_bytes = free_at(config.root), .min_free = config.min_free};
    if (!root.path.starts_with('/')) return root;
    root.fenced = is_fenced(instance, root.path, root.writing);
    // Made, and given to whoever it will be, by each start.
    if (is_state_folder(instance, root.path)) return root;
    std::optional<Identity> who;
    if (!config.user.empty()) who = identity_of_user(root.user = config.user);
    else if (instance.manager == Manager::user) who = identity_of_process(static_cast<std::uint64_t>(os::own_process_id()));
    else if (!root.user.empty()) who = identity_of_user(root.user);
    else if (is_dynamic) who = Identity{.uid = UINT32_MAX, .groups = {}};  // a number that owns nothing
    else who = identity_of_user(root.user = "root");
    if (who) root.access = root_access(root.path, *who, root.writing);
    return root;
}

UnitFacts unit_facts(const Instance& instance) {
    UnitFacts unit{.instance = instance, .configured = read_unit_config(instance), .conflict = {}, .user_known = true, .taken = {},
                   .counters = read_counters(instance), .serving = {}};
    const config::Config& config = unit.configured.config;
    const Unit& service = instance.service;
    const std::string user = service.property("User");
    unit.conflict = config::find_conflict(config).value_or("");
    unit.user_known = user.empty() || service.property("DynamicUser") == "yes" || identity_of_user(user).has_value();
    const InstanceState state = state_of(instance);
    if (state == InstanceState::down || state == InstanceState::socket_failed)
        for (const std::string& text : tcp_listeners(instance.socket()))
            if (const auto address = parse_listen_address(text))
                if (auto holder = holder_of(*address)) unit.taken.push_back({.address = text, .holder = std::move(*holder)});
    if (state == InstanceState::running || !unit.configured.trouble.empty()) return unit;
    unit.serving = ServingFacts{.root = root_of(instance, config), .descriptors_max = service.number("LimitNOFILE"),
                                .connections_max = config.max_connections, .timeout_max_s = seconds_of(config.timeout_max),
                                .idle_shutdown_s = seconds_of(config.idle_shutdown)};
    return unit;
}

/// By its command line; false where that is not to be seen, or names a file.
bool takes_uploads(std::uint64_t pid) {
    std::ifstream file("/proc/" + std::to_string(pid) + "/cmdline");
    std::vector<std::string> words;
    for (std::string word; std::getline(file, word, '\0');) words.push_back(word);
    if (words.empty() || !option_of(words, "--config").empty() || !option_of(words, "-c").empty()) return false;
    config::Config config;
    apply_words(words, config);
    return !config.read_only;
}

/// mount_namespaces(7); a system without them has one tree for all.
bool shares_our_folders(std::uint64_t pid) {
    std::error_code failed;
    const auto own = std::filesystem::read_symlink("/proc/self/ns/mnt", failed);
    if (failed) return true;
    const auto others = std::filesystem::read_symlink("/proc/" + std::to_string(pid) + "/ns/mnt", failed);
    return !failed && own == others;
}

RootFacts root_of_process(std::uint64_t pid, const std::string& path) {
    FS_ASSERT(pid > 0);
    RootFacts root{.path = path, .user = {}, .writing = takes_uploads(pid), .fenced = false, .access = RootAccess::unknown,
                   .free_bytes = free_at(path), .min_free = 0};
    const auto who = identity_of_process(pid);
    if (!who || !path.starts_with('/')) return root;
    root.user = std::to_string(who->uid);
    root.access = root_access(path, *who, root.writing);
    return root;
}

DaemonFacts daemon_facts(const std::string& socket, const std::vector<Instance>& instances) {
    const observe::Snapshot snapshot = Session(socket).status().snapshot;
    DaemonFacts daemon{.socket = socket, .pid = snapshot.pid, .instance = {}, .workers_stuck = snapshot.workers.stuck, .serving = {}};
    for (const Instance& instance : instances)
        if (instance.service.number("MainPID") == snapshot.pid || control_path(instance, run_folder(instance.manager)) == socket) daemon.instance = instance;
    // A service sees other folders under these names than we do: what its unit says counts.
    if (daemon.instance) daemon.serving.root = root_of(*daemon.instance, read_unit_config(*daemon.instance).config);
    else if (shares_our_folders(snapshot.pid)) daemon.serving.root = root_of_process(snapshot.pid, snapshot.root);
    else daemon.serving.root.path = snapshot.root;
    daemon.serving.descriptors_max = snapshot.descriptors.limit;
    daemon.serving.connections_max = snapshot.connections.max;
    daemon.serving.timeout_max_s = snapshot.timeout_max_s;
    daemon.serving.idle_shutdown_s = snapshot.idle_shutdown_s;
    return daemon;
}

}  // namespace

Facts gather_facts(const std::string& named_socket) {
    const Survey survey = settled_survey(named_socket);
    Facts facts{.units = {}, .daemons = {}, .deaf = {}, .taken = {}, .managers_refused = survey.managers.refused};
    for (const Instance& instance : survey.managers.instances) facts.units.push_back(unit_facts(instance));
    for (const Probe& probe : survey.probes) {
        const bool known = std::ranges::any_of(facts.daemons, [&](const DaemonFacts& other) { return other.pid == probe.pid; });
        if (probe.trouble && *probe.trouble != control::Trouble::absent) facts.deaf.push_back(probe);
        else if (!probe.trouble && !known) facts.daemons.push_back(daemon_facts(probe.path, survey.managers.instances));
    }
    if (!facts.units.empty() || !facts.daemons.empty()) return facts;
    for (const char* text : usual_addresses) {
        const auto address = parse_listen_address(text);
        FS_ASSERT(address.has_value());
        if (auto holder = holder_of(*address)) facts.taken.push_back({.address = text, .holder = std::move(*holder)});
    }
    return facts;
}

}  // namespace filesrv::ctl
