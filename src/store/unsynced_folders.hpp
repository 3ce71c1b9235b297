// SPDX-License-Identifier: MIT
// Folders that some upload has made and not yet synced, so that others who build on them sync them too.
#pragma once

#include <atomic>
#include <cstddef>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/mutex.hpp"

namespace filesrv::store {

/// Shared by all uploads of a store. Holds no more than the uploads under way have made.
class UnsyncedFolders {
public:
    /// To be called before the folder is made: whoever finds it there must find it here.
    void add(const std::string& path);
    void remove(const std::string& path) noexcept;

    [[nodiscard]] bool is_empty() const noexcept { return count_.load(std::memory_order_seq_cst) == 0; }

    /// Those among `path` and its parents.
    [[nodiscard]] std::vector<std::string> on_way_to(std::string_view path) const;

private:
    mutable Mutex mutex_;
    std::multiset<std::string, std::less<>> paths_ FS_GUARDED_BY(mutex_);
    std::atomic<std::size_t> count_{0};  ///< spares the mutex when there are none, which is nearly always
};

}  // namespace filesrv::store
