// SPDX-License-Identifier: MIT
// The commits of this process on file systems without attributes, while they are young.
#pragma once

#include <atomic>
#include <cstddef>
#include <vector>

#include "base/mutex.hpp"
#include "os/stat.hpp"

namespace filesrv::store {

/// Stands in for the mark that such a file system cannot hold (see version.hpp), for this process alone. A ring: what
/// is pushed out before it is two seconds old is taken for somebody else's, which is only less convenient.
class RecentCommits {
public:
    void add(const os::FileStat& committed);

    /// Whether this is what was committed, unchanged in size and time.
    [[nodiscard]] bool contains(const os::FileStat& found) const;

private:
    mutable Mutex mutex_;
    std::vector<os::FileStat> ring_ FS_GUARDED_BY(mutex_);  ///< allocated by the first
    std::size_t added_ FS_GUARDED_BY(mutex_) = 0;
    std::atomic<bool> is_used_{false};  ///< where attributes work nobody ever takes the mutex
};

}  // namespace filesrv::store
