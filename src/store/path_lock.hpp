// SPDX-License-Identifier: MIT
// Who may commit to a name: one at a time, among the threads of a process, its neighbours, and other nodes.
//
// flock(2) on small files in a folder that all of them see. A few slots rather than a file a name, and they are kept
// open: two names in one slot wait for each other for the microseconds of a rename.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <string>
#include <string_view>

#include "base/assert.hpp"
#include "base/error.hpp"
#include "os/fd.hpp"

namespace filesrv::store {

inline constexpr std::string_view lock_prefix = "lock-";

/// The slots of one process.
class PathLocks {
public:
    static constexpr std::size_t slots = 64;

    /// Held until it goes. Move-only.
    class Held {
    public:
        Held(Held&& other) noexcept;
        Held& operator=(Held&&) = delete;
        ~Held();

    private:
        friend class PathLocks;
        Held() = default;

        std::unique_lock<std::mutex> threads_;
        os::Fd kept_;            ///< a slot's file, unlocked at the end
        os::UniqueFd passing_;   ///< or one of its own, in a folder that is not ours: removed at the end
        os::UniqueFd folder_;
        std::string name_;
    };

    /// The same on every node: no device number in it, because each node has its own.
    [[nodiscard]] static std::size_t slot_of(std::uint64_t folder_inode, std::string_view name) noexcept;

    /// By a slot's file in the staging folder. ENOENT: that folder is gone; get a new one.
    [[nodiscard]] Result<Held> acquire(std::size_t slot, os::Fd staging);

    /// By a file beside the target, for want of a staging folder.
    [[nodiscard]] Result<Held> acquire_beside(std::size_t slot, os::Fd folder);

    /// Among the threads of this process alone.
    [[nodiscard]] std::unique_lock<std::mutex> hold_threads(std::size_t slot) {
        FS_ASSERT(slot < slots);
        return std::unique_lock(slots_[slot].mutex);
    }
    [[nodiscard]] std::unique_lock<std::mutex> try_hold_threads(std::size_t slot) {
        FS_ASSERT(slot < slots);
        return std::unique_lock(slots_[slot].mutex, std::try_to_lock);
    }

    /// Closes every slot's file and removes those nobody else has locked. Nothing is held.
    void release_files(os::Fd staging) noexcept;

private:
    struct Slot {
        std::mutex mutex;
        os::UniqueFd fd;
    };
    std::array<Slot, slots> slots_;
};

}  // namespace filesrv::store
