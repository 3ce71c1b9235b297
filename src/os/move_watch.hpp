// SPDX-License-Identifier: MIT
// MoveWatch: is told by the kernel, where that can tell, when folders are moved.
#pragma once

#include <vector>

#include "base/error.hpp"
#include "os/fd.hpp"

namespace filesrv::os {

/// Whether every move of a folder on this file system is told, by whatever name, mount or process it is done, and every
/// rename and removal of a file shows in its change time. Not where another machine, or a layer below, may change things.
[[nodiscard]] bool tells_of_moves(Fd fd) noexcept;

/// Watches folders, inotify(7) IN_MOVE_SELF. The kernel queues what it tells within the call that moves, so who asks
/// has_news() later than that call has ended hears of it.
class MoveWatch {
public:
    struct News {
        std::vector<int> ids;  ///< moved, gone, or not watched any more; also what forget() was called for
        bool lost = false;     ///< and some more, of which nothing is known
    };

    /// ENOSYS where there is nothing like it, EMFILE when a user has too many.
    [[nodiscard]] static Result<MoveWatch> create();

    /// Watches an open folder (O_PATH is enough); tells its id. EACCES when it may not be read, ENOSPC when watches run
    /// out, EEXIST when it is watched already, ENOENT without /proc.
    [[nodiscard]] Result<int> watch(Fd folder) const;
    /// Harmless when it is gone already.
    void forget(int id) const noexcept;

    /// One system call, the cheapest that can tell.
    [[nodiscard]] bool has_news() const noexcept;
    [[nodiscard]] News take_news() const;

private:
    explicit MoveWatch(UniqueFd fd) noexcept : fd_(std::move(fd)) {}

    UniqueFd fd_;
};

}  // namespace filesrv::os
