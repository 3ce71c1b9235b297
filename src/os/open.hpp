// SPDX-License-Identifier: MIT
// Opening files by name relative to a folder: openat(2) in the few ways that are used, and openat2(2) confined.
#pragma once

#include <cstdint>

#include "base/error.hpp"
#include "os/fd.hpp"

namespace filesrv::os {

/// How openat(2) opens. Every way is close-on-exec, and none but `any_…` follows a last link.
enum class OpenMode : std::uint8_t {
    locate,      ///< O_PATH: a place, also of a link
    read,        ///< O_RDONLY | O_NONBLOCK: never waits for a FIFO's writer
    any_read,    ///< the same, a last link followed: a file that the user named
    folder,      ///< O_RDONLY | O_DIRECTORY: to read names, or to sync
    any_folder,  ///< O_PATH | O_DIRECTORY, links followed: what the user named as root
    any_place,   ///< O_PATH, links followed
    create_new,  ///< O_RDWR | O_CREAT | O_EXCL
    create,      ///< O_RDWR | O_CREAT | O_NONBLOCK
    nameless,    ///< O_RDWR | O_TMPFILE: a new file in the folder named, for link_nameless(); EOPNOTSUPP where missing
};

/// openat(2); `permissions`, less the umask, for what it creates. Tried again after EINTR.
[[nodiscard]] Result<UniqueFd> open_at(Fd folder, const char* name, OpenMode mode, std::uint32_t permissions = 0);

/// The same, relative to the working folder.
[[nodiscard]] Result<UniqueFd> open_path(const char* path, OpenMode mode);

/// Opens for reading what an O_PATH descriptor already holds, waiting where open(2) has to: for a lease to be given up.
/// Only for regular files: opening others may block for good.
[[nodiscard]] Result<UniqueFd> reopen_waiting(Fd located);

/// The same without waiting: EAGAIN for a lease that somebody has.
[[nodiscard]] Result<UniqueFd> reopen(Fd located);

struct BeneathHow {
    bool read = false;             ///< O_RDONLY | O_NONBLOCK, else O_PATH
    bool follow_symlinks = false;  ///< those that stay beneath
    bool cached = false;           ///< RESOLVE_CACHED: EAGAIN where the kernel would have to look on disk
};

/// openat2(2) with RESOLVE_BENEATH and RESOLVE_NO_MAGICLINKS. EXDEV: it would leave. ELOOP: a link that is not to be
/// followed. EAGAIN without `cached`: a rename raced with a ".." inside a link; try again. ENOSYS: too old a kernel.
[[nodiscard]] Result<UniqueFd> open_beneath(Fd root, const char* path, BeneathHow how);

}  // namespace filesrv::os
