// SPDX-License-Identifier: MIT
// Folders in memory where the polling thread may put a small upload in place by itself.
#include "store/memory_folders.hpp"

#include "base/assert.hpp"

namespace filesrv::store {

/// Two folders that share a mark share a sweep, one too few; whether a device is memory is never taken from a mark.
MemoryFolders::Place MemoryFolders::place_of(const os::FileStat& folder) noexcept {
    FS_ASSERT(folder.type == os::FileType::directory);
    const std::uint64_t mark = ((folder.inode ^ (folder.device << 32)) * 0x9E3779B97F4A7C15U) | 1;
    return {.slot = static_cast<std::size_t>(mark >> (64 - slot_bits)), .mark = mark};
}

void MemoryFolders::learn(const os::FileStat& folder, os::Fd fd) noexcept {
    FS_ASSERT(fd.is_open() && folder.type == os::FileType::directory);
    if (os::file_system_of(fd) == os::FileSystem::memory) devices_.add(folder.device);
}

void MemoryFolders::add(const os::FileStat& folder) noexcept {
    if (contains(folder) || !devices_.contains(folder.device)) return;
    const Place place = place_of(folder);
    marks_[place.slot].store(place.mark, std::memory_order_relaxed);
}

bool MemoryFolders::contains(const os::FileStat& folder) const noexcept {
    if (!devices_.contains(folder.device)) return false;
    const Place place = place_of(folder);
    return marks_[place.slot].load(std::memory_order_relaxed) == place.mark;
}

}  // namespace filesrv::store
