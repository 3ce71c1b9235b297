// SPDX-License-Identifier: MIT
// Making the control socket.
#include "control/socket.hpp"

#include <cerrno>
#include <cstring>
#include <thread>

#include "base/assert.hpp"
#include "base/clock.hpp"
#include "os/directory.hpp"
#include "os/file.hpp"
#include "os/open.hpp"
#include "os/process.hpp"
#include "os/stat.hpp"

namespace filesrv::control {
namespace {

constexpr int backlog = 64;
constexpr std::uint32_t folder_mode = 0700;
constexpr std::uint32_t socket_mode = 0600;
constexpr std::uint32_t group_and_others = 077;
/// Another daemon holds the folder for less than a millisecond; who holds it longer is up to no good.
constexpr int lock_attempts = 50;
constexpr auto lock_interval = std::chrono::milliseconds(10);

template <class T>
using Made = std::expected<T, std::string>;

std::unexpected<std::string> wrong(const std::string& path, const std::string& what) { return std::unexpected(path + ": " + what); }
std::unexpected<std::string> wrong(const std::string& path, int code) { return wrong(path, std::strerror(code)); }

/// The folder, open for reading: flock(2) takes no O_PATH descriptor.
Made<os::UniqueFd> open_folder_of_others(const std::string& path) {
    auto folder = os::open_path((path + "/.").c_str(), os::OpenMode::folder);  // a link to it will do
    if (!folder) return wrong(path, folder.error().code);
    return *std::move(folder);
}

Made<os::UniqueFd> open_folder_of_ours(const std::string& path) {
    const int made = os::make_path(path.c_str(), folder_mode);
    if (made != 0 && made != EEXIST) return wrong(path, made);
    auto folder = os::open_path(path.c_str(), os::OpenMode::folder);
    if (!folder && (folder.error().code == ELOOP || folder.error().code == ENOTDIR)) return wrong(path, "is no folder, or a link to one");
    if (!folder) return wrong(path, folder.error().code);
    const auto found = os::stat_fd(folder->get());
    if (!found) return wrong(path, found.error().code);
    if (found->uid != os::effective_uid()) return wrong(path, "belongs to user " + std::to_string(found->uid));
    if ((found->mode & group_and_others) != 0) return wrong(path, "is open to others (chmod 700 mends it)");
    return *std::move(folder);
}

/// `another process listens there, 4711`
std::string who_listens(const std::string& path) {
    const auto connected = os::connect_unix(path);
    const auto peer = connected ? os::peer_process(connected->get()) : Result<os::PeerProcess>(std::unexpected(connected.error()));
    return "another process listens there" + (peer && peer->process ? ", " + std::to_string(*peer->process) : "");
}

Made<void> lock(os::Fd folder, const std::string& path) {
    for (int attempt = 0; attempt < lock_attempts; ++attempt) {
        const int locked = os::lock_file(folder, os::LockWait::try_once);
        if (locked == 0) return {};
        if (locked != EWOULDBLOCK) return wrong(path, locked);
        std::this_thread::sleep_for(lock_interval);
    }
    return wrong(path, "somebody holds a lock on this folder");
}

}  // namespace

std::expected<os::UnixListener, std::string> make_socket(const SocketPlace& place) {
    FS_ASSERT(!place.path.empty() && !place.folder.empty());
    const auto folder = place.owner == FolderOwner::us ? open_folder_of_ours(place.folder) : open_folder_of_others(place.folder);
    if (!folder) return std::unexpected(folder.error());
    // It goes with the descriptor, after the listen: until then a file of ours would look stale to another daemon.
    if (const auto locked = lock(folder->get(), place.folder); !locked) return std::unexpected(locked.error());
    if (const auto cleared = os::clear_stale_socket(place.path); !cleared) {
        if (cleared.error().code == EADDRINUSE) return wrong(place.path, who_listens(place.path));
        if (cleared.error().code == ENOTSOCK) return wrong(place.path, "is there, and no socket");
        return wrong(place.path, cleared.error().code);
    }
    auto listener = os::listen_unix(place.path, backlog, socket_mode);
    if (!listener) return wrong(place.path, listener.error().code);
    return *std::move(listener);
}

}  // namespace filesrv::control
