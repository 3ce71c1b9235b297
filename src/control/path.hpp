// SPDX-License-Identifier: MIT
// Where a daemon's control socket is. Pure, so that the daemon and whoever looks for it agree.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace filesrv::control {

/// The environment's variables that count; null = not there.
struct PathVariables {
    const char* runtime_directory = nullptr;  ///< RUNTIME_DIRECTORY, a list with colons, systemd.exec(5)
    const char* xdg_runtime_dir = nullptr;    ///< XDG_RUNTIME_DIR
    const char* tmpdir = nullptr;             ///< TMPDIR
};
/// As this process has them.
[[nodiscard]] PathVariables path_variables() noexcept;

/// Who owns the folder that the socket lies in, and may therefore answer for it.
enum class FolderOwner : std::uint8_t {
    others,  ///< somebody chose it, or the service manager made it: it has to be there
    us,      ///< the daemon makes it, 0700, and believes no folder that is not so
};

struct SocketPlace {
    std::string path;
    std::string folder;  ///< of the path; "." for a bare name
    FolderOwner owner = FolderOwner::others;

    bool operator==(const SocketPlace&) const = default;
};

/// What tells one daemon's socket from another's.
struct SocketOwner {
    std::uint32_t uid = 0;              ///< the user that serves
    std::optional<std::uint16_t> port;  ///< of the first TCP listener; nothing when there are only Unix sockets
};

/// The path that was asked for, or `control.sock` in the manager's folder, or `PORT.sock` in the user's runtime folder, or
/// in `filesrv-UID` in the temporary folder. Relative folders in the environment do not count (XDG Base Directory
/// Specification). `wanted` empty = not asked for.
[[nodiscard]] SocketPlace socket_place(const std::string& wanted, const PathVariables& variables, const SocketOwner& owner);

/// The folders that may hold sockets of this user's daemons: every `*.sock` in them is one, alive or not.
[[nodiscard]] std::vector<std::string> search_folders(const PathVariables& variables, std::uint32_t uid);

/// Where service managers make folders: those in it that are `filesrv` or begin with `filesrv-` may hold a
/// `control.sock`. The system's, and the user's.
[[nodiscard]] std::vector<std::string> manager_folders(const PathVariables& variables);

}  // namespace filesrv::control
