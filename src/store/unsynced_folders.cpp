// SPDX-License-Identifier: MIT
// Folders that some upload has made and not yet synced, so that others who build on them sync them too.
#include "store/unsynced_folders.hpp"

#include "base/assert.hpp"
#include "store/path.hpp"

namespace filesrv::store {

void UnsyncedFolders::add(const std::string& path) {
    FS_ASSERT(!path.empty());
    const MutexLock lock(mutex_);
    paths_.insert(path);
    // Ordered before the mkdir(2) that follows by the kernel's lock of the folder; the count is only read by those
    // who have found the folder there.
    count_.store(paths_.size(), std::memory_order_seq_cst);
}

void UnsyncedFolders::remove(const std::string& path) noexcept {
    const MutexLock lock(mutex_);
    const auto found = paths_.find(path);
    FS_ASSERT(found != paths_.end());
    paths_.erase(found);
    count_.store(paths_.size(), std::memory_order_seq_cst);
}

std::vector<std::string> UnsyncedFolders::on_way_to(std::string_view path) const {
    std::vector<std::string> found;
    if (is_empty()) return found;
    const MutexLock lock(mutex_);
    for (; !path.empty(); path = parent_of(path)) {
        if (paths_.contains(path)) found.emplace_back(path);
    }
    return found;
}

}  // namespace filesrv::store
