// SPDX-License-Identifier: MIT
// The commits of this process on file systems without attributes, while they are young.
#include "store/recent_commits.hpp"

#include <algorithm>

namespace filesrv::store {

void RecentCommits::add(const os::FileStat& committed) {
    const MutexLock lock(mutex_);
    constexpr std::size_t remembered_max = 1024;
    ring_.resize(remembered_max);
    ring_[added_++ % ring_.size()] = committed;
    is_used_.store(true, std::memory_order_release);
}

bool RecentCommits::contains(const os::FileStat& found) const {
    if (!is_used_.load(std::memory_order_acquire)) return false;
    const MutexLock lock(mutex_);
    return std::ranges::any_of(ring_, [&found](const os::FileStat& committed) {
        return committed.is_same_file(found) && committed.mtime_ns == found.mtime_ns && committed.size == found.size;
    });
}

}  // namespace filesrv::store
