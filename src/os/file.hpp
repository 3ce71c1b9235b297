// SPDX-License-Identifier: MIT
// An open file's bytes, attributes, locks, and what makes them durable. Integers returned are 0 or an errno.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "base/error.hpp"
#include "os/fd.hpp"

namespace filesrv::os {

/// pread(2) until the span is full or the file ends; tells how much came.
[[nodiscard]] Result<std::size_t> read_at(Fd fd, std::span<char> into, std::uint64_t offset);

/// One preadv2(2) with RWF_NOWAIT: EAGAIN when it would wait for a disk, EOPNOTSUPP where the file system cannot say.
/// May bring less than asked for.
[[nodiscard]] Result<std::size_t> read_nowait(Fd fd, std::span<char> into, std::uint64_t offset);

/// pwrite(2) until all is written.
[[nodiscard]] Result<void> write_at(Fd fd, std::span<const char> bytes, std::uint64_t offset);

struct FileSlice {
    std::uint64_t offset = 0;
    std::uint64_t length = 0;
};
/// Reserves blocks without changing the size, fallocate(2) FALLOC_FL_KEEP_SIZE. EOPNOTSUPP where there is no such thing.
[[nodiscard]] int preallocate(Fd fd, FileSlice slice) noexcept;
/// Starts writing a part back and does not wait, sync_file_range(2). A hint.
void start_writeback(Fd fd, FileSlice slice) noexcept;

[[nodiscard]] int sync_file(Fd fd) noexcept;         ///< fsync(2), also of a folder
[[nodiscard]] int sync_data(Fd fd) noexcept;         ///< fdatasync(2)
[[nodiscard]] int sync_file_system(Fd fd) noexcept;  ///< syncfs(2)
void sync_everything() noexcept;                     ///< sync(2), for want of a descriptor to sync

[[nodiscard]] int set_size(Fd fd, std::uint64_t size) noexcept;      ///< ftruncate(2)
[[nodiscard]] int set_mtime(Fd fd, std::int64_t mtime_ns) noexcept;  ///< futimens(2); the access time stays
[[nodiscard]] int set_mode(Fd fd, std::uint32_t mode) noexcept;      ///< fchmod(2)
struct Owner {
    std::uint32_t uid = 0;
    std::uint32_t gid = 0;
    bool operator==(const Owner&) const noexcept = default;
};
[[nodiscard]] int set_owner(Fd fd, Owner owner) noexcept;  ///< fchown(2)

/// fgetxattr(2); ENODATA when there is none, EOPNOTSUPP where there cannot be, ERANGE when it is longer.
[[nodiscard]] Result<std::size_t> get_attribute(Fd fd, const char* name, std::span<char> into);
[[nodiscard]] int set_attribute(Fd fd, const char* name, std::string_view value) noexcept;  ///< fsetxattr(2)

enum class LockWait : std::uint8_t { wait, try_once };
/// flock(2), exclusive, of the open file: it goes with the last copy of the descriptor. EWOULDBLOCK: somebody has it.
[[nodiscard]] int lock_file(Fd fd, LockWait wait) noexcept;
void unlock_file(Fd fd) noexcept;

}  // namespace filesrv::os
