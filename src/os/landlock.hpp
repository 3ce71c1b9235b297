// SPDX-License-Identifier: MIT
// Landlock: a process that confines itself to some files, landlock(7). No rights are needed, and there is no way back.
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "base/error.hpp"

namespace filesrv::os {

/// What stays allowed beneath a folder, or with one file, as far as the file's own permissions allow it, too.
enum class PathAccess : std::uint8_t {
    read,    ///< files and the names in folders
    change,  ///< that, and all that an upload needs: make, write, cut, rename, link, remove
    append,  ///< make files and write to them: a log's folder
    remove,  ///< remove names: the folder of a socket
};

struct AllowedPath {
    std::string path;
    PathAccess access = PathAccess::read;
    bool needed = false;  ///< else one that is not there, or out of reach, is passed over
};

/// The kernel's version of Landlock that is good enough for confine_files(); 0 = none. Renames between folders came
/// with version 2 (Linux 5.19): what has only version 1 counts as none.
[[nodiscard]] int landlock_version() noexcept;

/// Those without a file, unix(7).
enum class AbstractSockets : bool { closed, open };

/// From now on the calling thread, and all that it starts, open, make and remove nothing outside `paths`. What is open
/// stays open; asking for attributes stays allowed everywhere. From version 4 on they neither bind nor connect TCP
/// sockets, and from version 6 on they reach no abstract Unix socket outside, unless they are `open`. Gives up new privileges for good
/// (PR_SET_NO_NEW_PRIVS). Before any other thread. ENOSYS or EOPNOTSUPP where landlock_version() is 0.
[[nodiscard]] Result<void> confine_files(std::span<const AllowedPath> paths, AbstractSockets abstract_sockets);

}  // namespace filesrv::os
