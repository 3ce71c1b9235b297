// SPDX-License-Identifier: MIT
// The file of the lifetime counters: locked, read, written beside itself, synced, renamed over.
#include "daemon/lifetime_file.hpp"

#include <cerrno>
#include <filesystem>
#include <optional>
#include <string_view>
#include <vector>

#include "base/assert.hpp"
#include "observe/log.hpp"
#include "os/directory.hpp"
#include "os/file.hpp"
#include "os/open.hpp"

namespace filesrv::daemon {
namespace {

constexpr const char* file_name = "lifetime.json";
constexpr const char* fresh_name = "lifetime.json.new";
constexpr const char* broken_name = "lifetime.json.broken";
constexpr const char* lock_name = "lifetime.lock";
constexpr std::size_t file_bytes_max = 64 * 1024;

Result<std::string> read_file(os::Fd folder) {
    const auto file = os::open_at(folder, file_name, os::OpenMode::read);
    if (!file && file.error().code == ENOENT) return std::string();
    if (!file) return std::unexpected(file.error());
    std::vector<char> buffer(file_bytes_max);
    const auto bytes = os::read_at(file->get(), buffer, 0);
    if (!bytes) return std::unexpected(bytes.error());
    return std::string(buffer.data(), *bytes);
}

Result<observe::Lifetime> read_lifetime(os::Fd folder) {
    const auto text = read_file(folder);
    if (!text) return std::unexpected(text.error());
    if (text->empty()) {
        // A file that was never written, or lost its bytes with the power: nothing to set aside.
        return observe::Lifetime{};
    }
    if (auto lifetime = observe::parse_lifetime(*text)) return std::move(*lifetime);
    observe::log(LogLevel::warning, std::string(file_name) + " is broken: it is set aside as " + broken_name + ", and counting begins anew");
    const int moved = os::rename_over({.folder = folder, .name = file_name}, {.folder = folder, .name = broken_name});
    if (moved != 0) return failure(moved, "rename", file_name);
    return observe::Lifetime{};
}

Result<void> write_lifetime(os::Fd folder, std::string_view text) {
    (void)os::remove_name(folder, fresh_name);  // of a process that was killed
    const auto file = os::open_at(folder, fresh_name, os::OpenMode::create_new, 0644);
    if (!file) return std::unexpected(file.error());
    if (const auto written = os::write_at(file->get(), text, 0); !written) return written;
    // Else a file system may put the name on disk before the bytes.
    if (const int synced = os::sync_data(file->get()); synced != 0) return failure(synced, "fdatasync", fresh_name);
    const int renamed = os::rename_over({.folder = folder, .name = fresh_name}, {.folder = folder, .name = file_name});
    if (renamed != 0) return failure(renamed, "rename", fresh_name);
    return {};
}

}  // namespace

std::string state_folder(const std::string& wanted, const StateVariables& variables) {
    if (!wanted.empty()) return wanted;
    const std::string_view given = variables.state_directory == nullptr ? "" : variables.state_directory;
    if (const auto first = given.substr(0, given.find(':')); !first.empty()) return std::string(first);
    const std::string_view home = variables.xdg_state_home == nullptr ? "" : variables.xdg_state_home;
    // XDG Base Directory Specification: a relative path is to be ignored.
    return home.starts_with('/') ? std::string(home) + "/filesrv" : std::string();
}

observe::Lifetime look_at_lifetime(const std::string& folder) {
    FS_ASSERT(!folder.empty());
    const auto place = os::open_path(folder.c_str(), os::OpenMode::any_folder);
    const auto text = place ? read_file(place->get()) : Result<std::string>(std::unexpected(place.error()));
    return (text ? observe::parse_lifetime(*text) : std::nullopt).value_or(observe::Lifetime{});
}

Result<void> add_to_lifetime(const std::string& folder, const observe::Lifetime& delta) {
    FS_ASSERT(!folder.empty());
    std::error_code failed;
    std::filesystem::create_directories(folder, failed);
    if (failed) return failure(failed.value(), "mkdir", folder);
    const auto place = os::open_path(folder.c_str(), os::OpenMode::any_folder);
    if (!place) return std::unexpected(place.error());
    const auto lock = os::open_at(place->get(), lock_name, os::OpenMode::create, 0600);
    if (!lock) return std::unexpected(lock.error());
    if (const int locked = os::lock_file(lock->get(), os::LockWait::wait); locked != 0) return failure(locked, "flock", lock_name);
    auto lifetime = read_lifetime(place->get());
    if (!lifetime) return std::unexpected(lifetime.error());
    observe::add(*lifetime, delta);
    return write_lifetime(place->get(), observe::to_json(*lifetime));
}

}  // namespace filesrv::daemon
