// SPDX-License-Identifier: MIT
// What the system knows about a file, and about the file system it lives on.
#include "os/stat.hpp"

#include <fcntl.h>
#include <linux/magic.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <limits>

#include "base/assert.hpp"

namespace filesrv::os {
namespace {

/// File systems keep seconds in 64 bits: what lies beyond the year 2262 is told as that, with its fraction.
constexpr std::int64_t nanoseconds(std::int64_t seconds, std::int64_t fraction) noexcept {
    constexpr std::int64_t second = 1'000'000'000;
    constexpr std::int64_t most = std::numeric_limits<std::int64_t>::max() / second - 4;  // and a few more can be added
    return std::clamp(seconds, -most, most) * second + fraction;
}

constexpr std::int64_t nanoseconds(const timespec& time) noexcept { return nanoseconds(time.tv_sec, time.tv_nsec); }

FileType type_of(mode_t mode) noexcept {
    if (S_ISREG(mode)) return FileType::regular;
    if (S_ISDIR(mode)) return FileType::directory;
    if (S_ISLNK(mode)) return FileType::symlink;
    return FileType::other;
}

FileStat convert(const struct stat& from) noexcept {
    FS_ASSERT(from.st_size >= 0);
    return FileStat{.type = type_of(from.st_mode),
                    .mode = from.st_mode & 07777U,
                    .uid = from.st_uid,
                    .gid = from.st_gid,
                    .links = from.st_nlink,
                    .size = static_cast<std::uint64_t>(from.st_size),
                    .mtime_ns = nanoseconds(from.st_mtim),
                    .ctime_ns = nanoseconds(from.st_ctim),
                    .inode = from.st_ino,
                    .device = from.st_dev};
}

constexpr std::int64_t nanoseconds(const statx_timestamp& time) noexcept {
    return nanoseconds(time.tv_sec, time.tv_nsec);
}

FileStat convert(const struct statx& from) noexcept {
    return FileStat{.type = type_of(from.stx_mode),
                    .mode = from.stx_mode & 07777U,
                    .uid = from.stx_uid,
                    .gid = from.stx_gid,
                    .links = from.stx_nlink,
                    .size = from.stx_size,
                    .mtime_ns = nanoseconds(from.stx_mtime),
                    .ctime_ns = nanoseconds(from.stx_ctime),
                    .inode = from.stx_ino,
                    .device = makedev(from.stx_dev_major, from.stx_dev_minor)};
}

// Disks of this machine, as statfs(2) tells them; what is not listed may be somebody else's and may wait for them.
constexpr std::array<std::uint32_t, 20> local_types{
    EXT4_SUPER_MAGIC, XFS_SUPER_MAGIC, BTRFS_SUPER_MAGIC, F2FS_SUPER_MAGIC, OVERLAYFS_SUPER_MAGIC, SQUASHFS_MAGIC,
    ISOFS_SUPER_MAGIC, MSDOS_SUPER_MAGIC, REISERFS_SUPER_MAGIC, MINIX_SUPER_MAGIC, MINIX2_SUPER_MAGIC, MINIX3_SUPER_MAGIC,
    UDF_SUPER_MAGIC,
    0x2011BAB0,  // exFAT
    0x7366746E,  // NTFS (ntfs3)
    0x5346544E,  // NTFS
    0x3153464A,  // JFS
    0x2FC12FC1,  // ZFS
    0xCA451A4E,  // bcachefs
    0xE0F5E1E2,  // EROFS
};

}  // namespace

Result<FileStat> stat_fd(Fd fd) {
    FS_ASSERT(fd.is_open());
    struct stat found;
    if (::fstat(fd.number(), &found) != 0) return failure(errno, "fstat");
    return convert(found);
}

int stat_at(Fd folder, const char* path, FileStat& result) noexcept {
    FS_ASSERT(folder.is_open() && path != nullptr);
    struct stat found;
    if (::fstatat(folder.number(), path, &found, AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH) != 0) return errno;
    result = convert(found);
    return 0;
}

int stat_on_mount(Fd folder, const char* path, std::uint64_t mount, FileStat& result) noexcept {
    FS_ASSERT(folder.is_open() && path != nullptr);
    struct statx found;
    if (::statx(folder.number(), path, AT_SYMLINK_NOFOLLOW, STATX_BASIC_STATS | STATX_MNT_ID, &found) != 0) return errno;
    if ((found.stx_mask & STATX_MNT_ID) == 0 || found.stx_mnt_id != mount) return EXDEV;
    result = convert(found);
    return 0;
}

std::optional<std::uint64_t> mount_id(Fd fd) noexcept {
    FS_ASSERT(fd.is_open());
    struct statx found;
    if (::statx(fd.number(), "", AT_EMPTY_PATH, STATX_MNT_ID, &found) != 0) return std::nullopt;
    if ((found.stx_mask & STATX_MNT_ID) == 0) return std::nullopt;  // before Linux 5.8
    return found.stx_mnt_id;
}

FileSystem file_system_of(Fd fd) noexcept {
    FS_ASSERT(fd.is_open());
    struct statfs found;
    while (::fstatfs(fd.number(), &found) != 0) {
        if (errno != EINTR) return FileSystem::remote;
    }
    const auto type = static_cast<std::uint32_t>(found.f_type);
    if (type == TMPFS_MAGIC || type == RAMFS_MAGIC) return FileSystem::memory;
    return std::ranges::find(local_types, type) != local_types.end() ? FileSystem::local : FileSystem::remote;
}

Result<std::uint64_t> free_bytes(Fd fd) {
    FS_ASSERT(fd.is_open());
    struct statvfs found;
    while (::fstatvfs(fd.number(), &found) != 0) {
        if (errno != EINTR) return failure(errno, "fstatvfs");
    }
    if (found.f_blocks == 0) return std::numeric_limits<std::uint64_t>::max();  // ramfs and the like do not count
    std::uint64_t bytes = 0;
    if (__builtin_mul_overflow(std::uint64_t{found.f_bavail}, std::uint64_t{found.f_frsize}, &bytes)) {
        return std::numeric_limits<std::uint64_t>::max();
    }
    return bytes;
}

}  // namespace filesrv::os
