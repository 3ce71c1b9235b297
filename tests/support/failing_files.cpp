// SPDX-License-Identifier: MIT
// Faults for a test build of the daemon: stand-ins for calls on files and folders.
#include "stand_in.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/vfs.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <cstdarg>
#include <cstdint>

namespace {

/// Words of this size go to and from eventfds alone: they never fail, and never wait (eventfd(2)).
bool is_wakeup(std::size_t count) noexcept { return count == sizeof(std::uint64_t); }

}  // namespace

extern "C" {

FS_FAILING_NOEXCEPT(int, fstat, (int fd, struct stat* found), (fd, found))
FS_FAILING_NOEXCEPT(int, stat, (const char* path, struct stat* found), (path, found))
FS_FAILING_NOEXCEPT(int, lstat, (const char* path, struct stat* found), (path, found))
FS_FAILING_NOEXCEPT(int, fstatat, (int folder, const char* name, struct stat* found, int flags), (folder, name, found, flags))
FS_FAILING_NOEXCEPT(int, statx, (int folder, const char* name, int flags, unsigned mask, struct statx* found), (folder, name, flags, mask, found))
FS_FAILING_NOEXCEPT(int, fstatfs, (int fd, struct statfs* found), (fd, found))
FS_FAILING_NOEXCEPT(int, fstatvfs, (int fd, struct statvfs* found), (fd, found))
FS_FAILING_NOEXCEPT(ssize_t, readlinkat, (int folder, const char* name, char* into, size_t room), (folder, name, into, room))
FS_FAILING_NOEXCEPT(int, faccessat, (int folder, const char* name, int mode, int flags), (folder, name, mode, flags))
FS_FAILING_NOEXCEPT(int, flock, (int fd, int operation), (fd, operation))
FS_FAILING_NOEXCEPT(int, ftruncate, (int fd, off_t length), (fd, length))
FS_FAILING(int, fallocate, (int fd, int mode, off_t offset, off_t length), (fd, mode, offset, length))
FS_FAILING(int, fsync, (int fd), (fd))
FS_FAILING(int, fdatasync, (int fd), (fd))
FS_FAILING_NOEXCEPT(int, syncfs, (int fd), (fd))
FS_FAILING(int, sync_file_range, (int fd, off_t offset, off_t length, unsigned flags), (fd, offset, length, flags))
FS_FAILING_NOEXCEPT(int, futimens, (int fd, const timespec* times), (fd, times))
FS_FAILING_NOEXCEPT(int, fchmod, (int fd, mode_t mode), (fd, mode))
FS_FAILING_NOEXCEPT(int, fchown, (int fd, uid_t user, gid_t group), (fd, user, group))
FS_FAILING_NOEXCEPT(int, fsetxattr, (int fd, const char* name, const void* value, size_t length, int flags), (fd, name, value, length, flags))
FS_FAILING_NOEXCEPT(ssize_t, fgetxattr, (int fd, const char* name, void* into, size_t room), (fd, name, into, room))
FS_FAILING_NOEXCEPT(ssize_t, getxattr, (const char* path, const char* name, void* into, size_t room), (path, name, into, room))
FS_FAILING_NOEXCEPT(int, mkdirat, (int folder, const char* name, mode_t mode), (folder, name, mode))
FS_FAILING_NOEXCEPT(int, unlinkat, (int folder, const char* name, int flags), (folder, name, flags))
FS_FAILING_NOEXCEPT(int, renameat, (int from_folder, const char* from, int to_folder, const char* to), (from_folder, from, to_folder, to))
FS_FAILING_NOEXCEPT(int, renameat2, (int from_folder, const char* from, int to_folder, const char* to, unsigned flags), (from_folder, from, to_folder, to, flags))
FS_FAILING_NOEXCEPT(int, linkat, (int from_folder, const char* from, int to_folder, const char* to, int flags), (from_folder, from, to_folder, to, flags))

int fcntl(int fd, int command, ...) {
    FS_SEAM(fcntl);
    FS_NEXT(fcntl);
    va_list rest;
    va_start(rest, command);
    void* const argument = va_arg(rest, void*);
    va_end(rest);
    return filesrv::test::fails(seam) ? -1 : next(fd, command, argument);
}

int open(const char* path, int flags, ...) {
    FS_SEAM(open);
    FS_NEXT(open);
    va_list rest;
    va_start(rest, flags);
    const auto mode = va_arg(rest, mode_t);
    va_end(rest);
    return filesrv::test::fails(seam) ? -1 : next(path, flags, mode);
}

int openat(int folder, const char* path, int flags, ...) {
    FS_SEAM(openat);
    FS_NEXT(openat);
    va_list rest;
    va_start(rest, flags);
    const auto mode = va_arg(rest, mode_t);
    va_end(rest);
    return filesrv::test::fails(seam) ? -1 : next(folder, path, flags, mode);
}

/// Calls without a function of the C library's. Six words whatever the call, as the kernel takes them: where the caller has
/// given fewer, the last is of its frame, at which AddressSanitizer would let nobody look.
[[gnu::no_sanitize_address]] long syscall(long number, ...) noexcept {
    static const std::size_t openat2_seam = filesrv::test::seam_index("openat2");
    static const std::size_t landlock_seam = filesrv::test::seam_index("landlock");
    FS_NEXT(syscall);
    va_list rest;
    va_start(rest, number);
    long words[6];
    for (long& word : words) word = va_arg(rest, long);
    va_end(rest);
    if (number == SYS_openat2 && filesrv::test::fails(openat2_seam)) return -1;
    const bool confines = number == SYS_landlock_create_ruleset || number == SYS_landlock_add_rule || number == SYS_landlock_restrict_self;
    if (confines && filesrv::test::fails(landlock_seam)) return -1;
    return next(number, words[0], words[1], words[2], words[3], words[4], words[5]);
}

DIR* fdopendir(int fd) {
    FS_SEAM(fdopendir);
    FS_NEXT(fdopendir);
    return filesrv::test::fails(seam) ? nullptr : next(fd);
}

dirent* readdir(DIR* stream) {
    FS_SEAM(readdir);
    FS_NEXT(readdir);
    return filesrv::test::fails(seam) ? nullptr : next(stream);
}

ssize_t read(int fd, void* into, size_t room) {
    if (is_wakeup(room)) return ::syscall(SYS_read, fd, into, room);
    FS_TRANSFER(read, fd, room, (fd, into, length));
}
ssize_t write(int fd, const void* bytes, size_t count) {
    if (is_wakeup(count)) return ::syscall(SYS_write, fd, bytes, count);
    FS_TRANSFER(write, fd, count, (fd, bytes, length));
}
ssize_t pread(int fd, void* into, size_t room, off_t offset) { FS_TRANSFER(pread, fd, room, (fd, into, length, offset)); }
ssize_t pwrite(int fd, const void* bytes, size_t count, off_t offset) { FS_TRANSFER(pwrite, fd, count, (fd, bytes, length, offset)); }

ssize_t preadv2(int fd, const iovec* parts, int count, off_t offset, int flags) {
    iovec part = parts[0];
    FS_SEAM(preadv2);
    FS_NEXT(preadv2);
    return filesrv::test::transfer(seam, fd, part.iov_len, [&](std::size_t length) -> ssize_t {
        if (length == part.iov_len) return next(fd, parts, count, offset, flags);
        part.iov_len = length;
        return next(fd, &part, 1, offset, flags);
    });
}

}  // extern "C"
