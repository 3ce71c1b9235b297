// SPDX-License-Identifier: MIT
// Looking for daemons on this machine: the managers first, then the places where sockets are.
#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <thread>

#include "base/assert.hpp"
#include "control/path.hpp"
#include "os/clock.hpp"
#include "os/process.hpp"
#include "tools/filesrvctl/answer.hpp"
#include "tools/filesrvctl/daemons.hpp"
#include "tools/filesrvctl/exit_status.hpp"

namespace filesrv::ctl {
namespace {

namespace fs = std::filesystem;

/// A daemon that lives answers at once; one that does not within this time has stopped doing so.
constexpr auto probe_patience = std::chrono::seconds(2);
/// A service that leaves, or starts, takes milliseconds; a busy machine makes them seconds.
constexpr auto settling_patience = std::chrono::seconds(5);
constexpr auto settling_interval = std::chrono::milliseconds(50);
/// Nobody runs so many; who fills the folder with other things does not keep us busy.
constexpr std::size_t sockets_max = 256;

/// What a folder of sockets holds, in the order of names. Empty when it is not there or not ours to read.
void add_sockets(const std::string& folder, std::vector<std::string>& paths) {
    std::error_code failed;
    for (fs::directory_iterator at(folder, failed), end; !failed && at != end && paths.size() < sockets_max; at.increment(failed))
        if (at->path().extension() == ".sock") paths.push_back(at->path().string());
}

/// `FOLDER/filesrv/control.sock`, and of each filesrv-NAME beside it.
void add_manager_sockets(const std::string& folder, std::vector<std::string>& paths) {
    std::error_code failed;
    for (fs::directory_iterator at(folder, failed), end; !failed && at != end && paths.size() < sockets_max; at.increment(failed)) {
        const std::string name = at->path().filename().string();
        if (name != "filesrv" && !name.starts_with("filesrv-")) continue;
        const fs::path path = at->path() / "control.sock";
        std::error_code hidden;
        // A folder that we may not look into may hold one: asking tells.
        if (fs::exists(fs::symlink_status(path, hidden)) || hidden == std::errc::permission_denied) paths.push_back(path.string());
    }
}

std::vector<std::string> sockets_on_disk() {
    std::vector<std::string> paths;
    const auto variables = control::path_variables();
    for (const std::string& folder : control::manager_folders(variables)) add_manager_sockets(folder, paths);
    for (const std::string& folder : control::search_folders(variables, os::effective_uid())) add_sockets(folder, paths);
    std::ranges::sort(paths);
    paths.erase(std::unique(paths.begin(), paths.end()), paths.end());
    return paths;
}

Probe probe(const std::string& path) {
    Probe result{.path = path, .trouble = {}, .pid = 0, .about = {}};
    auto client = control::Client::connect(path, probe_patience);
    auto line = client ? client->ask("status", probe_patience) : std::unexpected(client.error());
    if (!line) {
        result.trouble = line.error().trouble;
        result.about = line.error().text;
        return result;
    }
    const auto status = parse_status(*line);
    if (!status) {
        result.trouble = control::Trouble::broken;
        result.about = path + ": " + status.error();
        return result;
    }
    FS_ASSERT(!status->snapshot.state.empty());
    result.pid = status->snapshot.pid;
    result.about = "pid " + std::to_string(result.pid);
    if (!status->snapshot.listeners.empty()) result.about += ", " + status->snapshot.listeners.front().address;
    result.about += ", " + status->snapshot.root;
    return result;
}

std::string absolute(const std::string& path) { return fs::absolute(path).lexically_normal().string(); }

}  // namespace

std::string run_folder(Manager manager) {
    const char* own = std::getenv("XDG_RUNTIME_DIR");
    return manager == Manager::user && own != nullptr && *own == '/' ? own : "/run";
}

Survey survey_machine() {
    Survey survey{.managers = ask_managers({}), .probes = {}};
    for (const std::string& path : askable(survey.managers, sockets_on_disk())) survey.probes.push_back(probe(path));
    return survey;
}

Survey survey_socket(const std::string& named_socket) {
    const std::string path = absolute(named_socket);
    Survey survey{.managers = ask_managers(path), .probes = {}};
    for (const std::string& one : askable(survey.managers, {path})) survey.probes.push_back(probe(one));
    return survey;
}

Survey settled_survey(const std::string& named_socket) {
    const Instant deadline = os::monotonic_now() + settling_patience;
    for (;;) {
        Survey survey = named_socket.empty() ? survey_machine() : survey_socket(named_socket);
        if (agrees(survey) || os::monotonic_now() >= deadline) return survey;
        std::this_thread::sleep_for(settling_interval);
    }
}

Daemon find_daemon(const std::string& named_socket) {
    if (named_socket.empty()) return choose(settled_survey({}));
    const std::string path = absolute(named_socket);
    return choose_named(path, ask_managers(path));
}

Daemon find_again(const std::string& named_socket) {
    const Survey survey = settled_survey(named_socket);
    return named_socket.empty() ? choose(survey) : choose_named(absolute(named_socket), survey.managers);
}

}  // namespace filesrv::ctl
