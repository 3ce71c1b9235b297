// SPDX-License-Identifier: MIT
// An open file's bytes, attributes, locks, and what makes them durable.
#include "os/file.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <cerrno>

#include "base/assert.hpp"

namespace filesrv::os {
namespace {

/// Runs a call until it is not interrupted; 0 or its errno.
template <class Call>
int uninterrupted(Call call) noexcept {
    for (;;) {
        if (call() == 0) return 0;
        if (errno != EINTR) return errno;
    }
}

}  // namespace

Result<std::size_t> read_at(Fd fd, std::span<char> into, std::uint64_t offset) {
    FS_ASSERT(fd.is_open());
    std::size_t done = 0;
    while (done < into.size()) {
        const ssize_t count =
            ::pread(fd.number(), into.data() + done, into.size() - done, static_cast<off_t>(offset + done));
        if (count < 0 && errno == EINTR) continue;
        if (count < 0) return failure(errno, "pread");
        if (count == 0) break;
        done += static_cast<std::size_t>(count);
    }
    return done;
}

Result<std::size_t> read_nowait(Fd fd, std::span<char> into, std::uint64_t offset) {
    FS_ASSERT(fd.is_open());
    iovec part{.iov_base = into.data(), .iov_len = into.size()};
    for (;;) {
        const ssize_t count = ::preadv2(fd.number(), &part, 1, static_cast<off_t>(offset), RWF_NOWAIT);
        if (count >= 0) return static_cast<std::size_t>(count);
        if (errno != EINTR) return failure(errno, "preadv2");
    }
}

Result<void> write_at(Fd fd, std::span<const char> bytes, std::uint64_t offset) {
    FS_ASSERT(fd.is_open());
    std::size_t done = 0;
    while (done < bytes.size()) {
        const ssize_t count =
            ::pwrite(fd.number(), bytes.data() + done, bytes.size() - done, static_cast<off_t>(offset + done));
        if (count < 0 && errno == EINTR) continue;
        if (count < 0) return failure(errno, "pwrite");
        FS_ASSERT(count > 0);
        done += static_cast<std::size_t>(count);
    }
    return {};
}

int preallocate(Fd fd, FileSlice slice) noexcept {
    FS_ASSERT(slice.length > 0);
    return uninterrupted([&] {
        return ::fallocate(fd.number(), FALLOC_FL_KEEP_SIZE, static_cast<off_t>(slice.offset),
                           static_cast<off_t>(slice.length));
    });
}

void start_writeback(Fd fd, FileSlice slice) noexcept {
    // What cannot be started now is written by the final sync, which also tells of errors.
    (void)::sync_file_range(fd.number(), static_cast<off_t>(slice.offset), static_cast<off_t>(slice.length),
                            SYNC_FILE_RANGE_WRITE);
}

int sync_file(Fd fd) noexcept {
    return uninterrupted([&] { return ::fsync(fd.number()); });
}

int sync_data(Fd fd) noexcept {
    return uninterrupted([&] { return ::fdatasync(fd.number()); });
}

int sync_file_system(Fd fd) noexcept {
    return uninterrupted([&] { return ::syncfs(fd.number()); });
}

void sync_everything() noexcept { ::sync(); }

int set_size(Fd fd, std::uint64_t size) noexcept {
    return uninterrupted([=] { return ::ftruncate(fd.number(), static_cast<off_t>(size)); });
}

int set_mtime(Fd fd, std::int64_t mtime_ns) noexcept {
    constexpr std::int64_t second = 1'000'000'000;
    std::int64_t whole = mtime_ns / second;
    if (mtime_ns % second < 0) --whole;  // before 1970: tv_nsec counts forward
    const timespec times[2] = {{.tv_sec = 0, .tv_nsec = UTIME_OMIT},
                               {.tv_sec = static_cast<time_t>(whole), .tv_nsec = mtime_ns - whole * second}};
    return ::futimens(fd.number(), times) == 0 ? 0 : errno;
}

int set_mode(Fd fd, std::uint32_t mode) noexcept { return ::fchmod(fd.number(), mode) == 0 ? 0 : errno; }

int set_owner(Fd fd, Owner owner) noexcept {
    return ::fchown(fd.number(), owner.uid, owner.gid) == 0 ? 0 : errno;
}

Result<std::size_t> get_attribute(Fd fd, const char* name, std::span<char> into) {
    FS_ASSERT(fd.is_open());
    const ssize_t length = ::fgetxattr(fd.number(), name, into.data(), into.size());
    if (length < 0) return failure(errno, "fgetxattr");
    return static_cast<std::size_t>(length);
}

int set_attribute(Fd fd, const char* name, std::string_view value) noexcept {
    return ::fsetxattr(fd.number(), name, value.data(), value.size(), 0) == 0 ? 0 : errno;
}

int lock_file(Fd fd, LockWait wait) noexcept {
    FS_ASSERT(fd.is_open());
    const int operation = LOCK_EX | (wait == LockWait::try_once ? LOCK_NB : 0);
    return uninterrupted([&] { return ::flock(fd.number(), operation); });
}

void unlock_file(Fd fd) noexcept {
    // ENOLCK and the like: there was nothing to unlock, because locking had failed the same way.
    (void)::flock(fd.number(), LOCK_UN);
}

}  // namespace filesrv::os
