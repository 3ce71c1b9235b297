// SPDX-License-Identifier: MIT
// Who may commit to a name: one at a time, among the threads of a process, its neighbours, and other nodes.
#include "store/path_lock.hpp"

#include <cerrno>
#include <functional>
#include <utility>

#include "base/assert.hpp"
#include "os/directory.hpp"
#include "os/file.hpp"
#include "os/open.hpp"
#include "os/stat.hpp"
#include "store/path.hpp"

namespace filesrv::store {
namespace {

constexpr int acquire_tries_max = 1000;

std::string file_name(std::string_view prefix, std::size_t slot) {
    return std::string(prefix).append(std::to_string(slot));
}

/// Locks the file; false when it lost its name while we waited, so that the lock excludes nobody.
Result<bool> lock_named(os::Fd fd) {
    const int code = os::lock_file(fd, os::LockWait::wait);
    // Without locks on this file system (flock(2) over old NFS) the threads of this process are all that is excluded.
    if (code != 0 && code != ENOLCK && code != EOPNOTSUPP && code != EBADF && code != EINVAL) {
        return failure(code, "flock");
    }
    const auto stat = os::stat_fd(fd);
    if (stat && stat->links > 0) return true;
    os::unlock_file(fd);
    if (!stat) return std::unexpected(stat.error());
    return false;
}

}  // namespace

std::size_t PathLocks::slot_of(std::uint64_t folder_inode, std::string_view name) noexcept {
    std::uint64_t hash = 0xCBF29CE484222325U ^ folder_inode;  // FNV-1a: the same in every build
    for (const char c : name) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001B3U;
    return (hash ^ (hash >> 32)) % slots;
}

PathLocks::Held::Held(Held&& other) noexcept
    : threads_(std::move(other.threads_)), kept_(std::exchange(other.kept_, os::Fd())),
      passing_(std::move(other.passing_)), folder_(std::move(other.folder_)), name_(std::move(other.name_)) {}

PathLocks::Held::~Held() {
    if (kept_.is_open()) os::unlock_file(kept_);
    // Removed while it is locked: whoever waits for it will find it without a name.
    if (passing_.is_open()) (void)os::remove_name(folder_.get(), name_.c_str());
}

Result<PathLocks::Held> PathLocks::acquire(std::size_t slot, os::Fd staging) {
    FS_ASSERT(slot < slots && staging.is_open());
    Held held;
    held.threads_ = std::unique_lock(slots_[slot].mutex);
    os::UniqueFd& kept = slots_[slot].fd;
    for (int tries = 0; tries < acquire_tries_max; ++tries) {
        if (!kept.is_open()) {
            auto fd = os::open_at(staging, file_name(lock_prefix, slot).c_str(), os::OpenMode::create, 0600);
            if (!fd) return failure(fd.error().code, "lock path");
            kept = std::move(*fd);
        }
        const auto locked = lock_named(kept.get());
        if (locked && *locked) {
            held.kept_ = kept.get();
            return held;
        }
        if (!locked) return std::unexpected(locked.error());  // kept open: tidying removes the file
        kept.reset();  // another process tidied it away
    }
    return failure(EAGAIN, "lock path");
}

Result<PathLocks::Held> PathLocks::acquire_beside(std::size_t slot, os::Fd folder) {
    FS_ASSERT(slot < slots && folder.is_open());
    // Its name says what it is for, so a sweep of the folder finds it like any leftover.
    Held held;
    held.threads_ = std::unique_lock(slots_[slot].mutex);
    held.name_ = file_name(std::string(beside_prefix).append(lock_prefix), slot);
    auto own = os::open_at(folder, ".", os::OpenMode::locate);
    if (!own) return failure(own.error().code, "lock path");
    held.folder_ = std::move(*own);
    for (int tries = 0; tries < acquire_tries_max; ++tries) {
        auto fd = os::open_at(folder, held.name_.c_str(), os::OpenMode::create, 0600);
        if (!fd) return failure(fd.error().code, "lock path");
        const auto locked = lock_named(fd->get());
        if (!locked) return std::unexpected(locked.error());
        if (!*locked) continue;
        held.passing_ = std::move(*fd);
        return held;
    }
    return failure(EAGAIN, "lock path");
}

void PathLocks::release_files(os::Fd staging) noexcept {
    for (std::size_t slot = 0; slot < slots; ++slot) {
        const std::unique_lock lock(slots_[slot].mutex);
        os::UniqueFd& kept = slots_[slot].fd;
        if (!kept.is_open()) continue;
        // Only who holds the lock removes the name, so a locked file that has one has this one.
        const bool locked = os::lock_file(kept.get(), os::LockWait::try_once) == 0;
        const auto stat = os::stat_fd(kept.get());
        if (locked && stat && stat->links > 0) {
            (void)os::remove_name(staging, file_name(lock_prefix, slot).c_str());
        }
        kept.reset();
    }
}

}  // namespace filesrv::store
