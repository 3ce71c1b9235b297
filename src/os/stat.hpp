// SPDX-License-Identifier: MIT
// What the system knows about a file, and about the file system it lives on.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "base/error.hpp"
#include "os/fd.hpp"

namespace filesrv::os {

enum class FileType : std::uint8_t { regular, directory, symlink, other };

/// The parts of stat(2) that are looked at here.
struct FileStat {
    FileType type = FileType::other;
    std::uint32_t mode = 0;  ///< permission bits with set-id and sticky
    std::uint32_t uid = 0;
    std::uint32_t gid = 0;
    std::uint64_t links = 0;
    std::uint64_t size = 0;
    std::int64_t mtime_ns = 0;
    std::int64_t ctime_ns = 0;
    std::uint64_t inode = 0;
    std::uint64_t device = 0;

    /// Whether both describe one unchanged content: type, size, times, inode and device.
    [[nodiscard]] bool is_same_content(const FileStat& other) const noexcept {
        return inode == other.inode && device == other.device && ctime_ns == other.ctime_ns &&
               mtime_ns == other.mtime_ns && size == other.size && type == other.type;
    }
    /// Whether both describe one file, changed or not.
    [[nodiscard]] bool is_same_file(const FileStat& other) const noexcept {
        return inode == other.inode && device == other.device;
    }
};

/// fstat(2).
[[nodiscard]] Result<FileStat> stat_fd(Fd fd);

/// fstatat(2) with AT_SYMLINK_NOFOLLOW; "" is the folder itself. 0, or the errno: no allocation on the hot path.
[[nodiscard]] int stat_at(Fd folder, const char* path, FileStat& result) noexcept;

/// statx(2) like stat_at(), and EXDEV when the name is not on the mount of that id.
[[nodiscard]] int stat_on_mount(Fd folder, const char* path, std::uint64_t mount, FileStat& result) noexcept;

/// The mount a descriptor lives on, statx(2) STATX_MNT_ID; nothing where the kernel cannot tell.
[[nodiscard]] std::optional<std::uint64_t> mount_id(Fd fd) noexcept;

enum class FileSystem : std::uint8_t {
    memory,  ///< tmpfs, ramfs
    local,   ///< a disk of this machine
    remote,  ///< network, FUSE, or unknown: any call may wait for somebody else
};

/// fstatfs(2), by type.
[[nodiscard]] FileSystem file_system_of(Fd fd) noexcept;

/// Bytes an unprivileged writer may still take, fstatvfs(2).
[[nodiscard]] Result<std::uint64_t> free_bytes(Fd fd);

}  // namespace filesrv::os
