// SPDX-License-Identifier: MIT
// Entering the sandbox.
#include "daemon/sandbox.hpp"

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <system_error>
#include <utility>

#include "base/assert.hpp"
#include "daemon/startup_error.hpp"
#include "observe/log.hpp"
#include "os/clock.hpp"
#include "os/syscall_filter.hpp"

namespace filesrv::daemon {
namespace {

using os::PathAccess;

std::string folder_of(const std::string& path) {
    FS_ASSERT(!path.empty());
    const std::string folder = std::filesystem::path(path).parent_path().string();
    return folder.empty() ? "." : folder;
}

/// Where a link leads is where a file is replaced.
std::string followed(const std::string& path) {
    std::error_code failed;
    const auto real = std::filesystem::canonical(path, failed);
    return failed ? path : real.string();
}

void allow_socket(std::vector<os::AllowedPath>& paths, const Listener& listener) {
    // Even of one that is a predecessor's yet: it will be ours.
    if (!listener.file.path().empty()) paths.push_back({folder_of(listener.file.path()), PathAccess::remove});
}

/// The kernel would not find it later, and then nothing in it could be allowed.
void make_state_folder(const std::string& folder) {
    std::error_code failed;
    std::filesystem::create_directories(folder, failed);  // who writes there says what is wrong
}

void confine_files(const Whereabouts& where) {
    if (os::landlock_version() == 0)
        return observe::log(LogLevel::info, "sandbox: this system has no Landlock: only file permissions guard what is outside the root");
    // A manager may listen on one, sd_notify(3).
    const char* manager = std::getenv("NOTIFY_SOCKET");
    const auto abstract_sockets = manager != nullptr && manager[0] == '@' ? os::AbstractSockets::open : os::AbstractSockets::closed;
    if (const auto confined = os::confine_files(allowed_paths(where), abstract_sockets); !confined)
        throw StartupError("cannot enter the sandbox (--no-sandbox does without)", confined.error());
}

void filter_calls() {
    if (!os::can_filter_system_calls()) return observe::log(LogLevel::debug, "sandbox: system calls are not filtered in this build");
    if (const auto filtered = os::filter_system_calls(); !filtered)
        observe::log(LogLevel::info, "sandbox: this system filters no system calls: " + filtered.error().message());
}

}  // namespace

std::vector<os::AllowedPath> allowed_paths(const Whereabouts& where) {
    std::vector<os::AllowedPath> paths{
        {.path = where.config.root, .access = PathAccess::change, .needed = true},
        {.path = "/proc/self", .access = PathAccess::read},   // mounts, links to open files, our own size
        {.path = "/dev/null", .access = PathAccess::read},    // a descriptor kept in reserve
        {.path = "/etc/localtime", .access = PathAccess::read},
        {.path = "/usr/share/zoneinfo", .access = PathAccess::read},
    };
    if (!where.state_folder.empty()) paths.push_back({where.state_folder, PathAccess::change});
    if (!where.config.access_log.path.empty()) {
        paths.push_back({folder_of(where.config.access_log.path), PathAccess::append});
        paths.push_back({folder_of(followed(where.config.access_log.path)), PathAccess::append});
    }
    if (where.config_file) {
        paths.push_back({folder_of(*where.config_file), PathAccess::read});
        paths.push_back({folder_of(followed(*where.config_file)), PathAccess::read});
    }
    for (const Listener& listener : where.listeners) allow_socket(paths, listener);
    if (where.control) allow_socket(paths, *where.control);
    return paths;
}

void enter_sandbox(const Whereabouts& where) {
    if (!where.state_folder.empty()) make_state_folder(where.state_folder);
    // The C library reads the zone once, tzset(3): now, where it may come from a file that is out of reach later.
    if (std::getenv("TZ") != nullptr || std::getenv("TZDIR") != nullptr) (void)os::local_utc_offset(os::wall_now());
    confine_files(where);
    filter_calls();
}

}  // namespace filesrv::daemon
