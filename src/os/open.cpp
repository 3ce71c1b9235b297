// SPDX-License-Identifier: MIT
// Opening files by name relative to a folder: openat(2) in the few ways that are used, and openat2(2) confined.
#include "os/open.hpp"

#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <string>

#include "base/assert.hpp"

#ifndef RESOLVE_CACHED
#define RESOLVE_CACHED 0x20  // Linux 5.12
#endif

namespace filesrv::os {
namespace {

int open_flags(OpenMode mode) noexcept {
    switch (mode) {
        case OpenMode::locate: return O_PATH | O_NOFOLLOW;
        // Not a terminal of ours, and no waiting: the caller looks at the type before it reads a byte.
        case OpenMode::read: return O_RDONLY | O_NONBLOCK | O_NOCTTY | O_NOFOLLOW;
        case OpenMode::any_read: return O_RDONLY | O_NONBLOCK | O_NOCTTY;
        case OpenMode::folder: return O_RDONLY | O_DIRECTORY | O_NOFOLLOW;
        case OpenMode::any_folder: return O_PATH | O_DIRECTORY;
        case OpenMode::any_place: return O_PATH;
        case OpenMode::create_new: return O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW;
        case OpenMode::create: return O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY;
        case OpenMode::nameless: return O_RDWR | O_TMPFILE;
    }
    FS_ASSERT(false);
}

Result<UniqueFd> open_from(int folder, const char* name, OpenMode mode, std::uint32_t permissions) {
    FS_ASSERT(name != nullptr);
    for (;;) {
        const int fd = ::openat(folder, name, open_flags(mode) | O_CLOEXEC, permissions);
        if (fd >= 0) return UniqueFd::adopt(fd);
        if (errno != EINTR) return failure(errno, "openat");
    }
}

Result<UniqueFd> reopen_with(Fd located, int flags) {
    FS_ASSERT(located.is_open());
    constexpr mode_t no_permissions = 0;  // without them glibc's fortified headers make this another function
    const std::string path = "/proc/self/fd/" + std::to_string(located.number());
    for (;;) {
        const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY | flags, no_permissions);
        if (fd >= 0) return UniqueFd::adopt(fd);
        if (errno != EINTR) return failure(errno, "open");
    }
}

}  // namespace

Result<UniqueFd> open_at(Fd folder, const char* name, OpenMode mode, std::uint32_t permissions) {
    FS_ASSERT(folder.is_open());
    return open_from(folder.number(), name, mode, permissions);
}

Result<UniqueFd> open_path(const char* path, OpenMode mode) { return open_from(AT_FDCWD, path, mode, 0); }

Result<UniqueFd> reopen_waiting(Fd located) { return reopen_with(located, 0); }

Result<UniqueFd> reopen(Fd located) { return reopen_with(located, O_NONBLOCK); }

Result<UniqueFd> open_beneath(Fd root, const char* path, BeneathHow how) {
    FS_ASSERT(root.is_open() && path != nullptr);
    open_how request{};
    const int purpose = how.read ? O_RDONLY | O_NONBLOCK | O_NOCTTY : O_PATH;
    request.flags = static_cast<unsigned>(purpose | O_CLOEXEC);
    request.resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS;
    if (!how.follow_symlinks) request.resolve |= RESOLVE_NO_SYMLINKS;
    if (how.cached) request.resolve |= RESOLVE_CACHED;
    for (;;) {
        const long fd = ::syscall(SYS_openat2, root.number(), path, &request, sizeof request);
        if (fd >= 0) return UniqueFd::adopt(static_cast<int>(fd));
        if (errno != EINTR) return failure(errno, "openat2");
    }
}

}  // namespace filesrv::os
