// SPDX-License-Identifier: MIT
// Folders in memory where the polling thread may put a small upload in place by itself.
//
// On tmpfs and ramfs no call waits for a disk, and a file made there without a name takes one call more to be in place.
// What else an upload may need is a worker's: proof that such a file can get a name there, and the sweep of what dead
// processes left in the folder. So a worker tells of a folder when it has done all that.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>

#include "os/fd.hpp"
#include "os/stat.hpp"
#include "store/device_set.hpp"

namespace filesrv::store {

/// Lock-free, any thread. Forgets a folder when another falls on its place; then a worker comes by again.
class MemoryFolders {
public:
    /// The first time in a folder: asks the file system.
    void learn(const os::FileStat& folder, os::Fd fd) noexcept;
    /// The folder has been seen to, if it is in memory.
    void add(const os::FileStat& folder) noexcept;
    /// Nameless files get no name on this device after all.
    void drop(const os::FileStat& folder) noexcept { devices_.remove(folder.device); }

    /// Whether there is no such device: then a look at any folder is in vain.
    [[nodiscard]] bool is_empty() const noexcept { return devices_.is_empty(); }
    [[nodiscard]] bool contains(const os::FileStat& folder) const noexcept;

private:
    static constexpr unsigned slot_bits = 9;

    struct Place {
        std::size_t slot;
        std::uint64_t mark;
    };
    [[nodiscard]] static Place place_of(const os::FileStat& folder) noexcept;

    DeviceSet devices_;
    std::array<std::atomic<std::uint64_t>, std::size_t{1} << slot_bits> marks_{};  ///< 0 = free
};

}  // namespace filesrv::store
