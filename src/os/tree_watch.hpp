// SPDX-License-Identifier: MIT
// TreeWatch: is told by the kernel, where that can tell, when folders are moved, files written and mounts made.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "base/error.hpp"
#include "os/fd.hpp"

namespace filesrv::os {

/// Whether every move of a folder on this file system is told, by whatever name, mount or process it is done, and every
/// rename and removal of a file shows in its change time. Not where another machine, or a layer below, may change things.
[[nodiscard]] bool tells_of_moves(Fd fd) noexcept;

/// Whether, beyond that, whatever is done to a file is told to those who watch it, from the moment that nobody has it open
/// for writing.
[[nodiscard]] bool tells_of_writers(Fd fd) noexcept;

/// Proves that nobody has the file, open for reading, open or mapped for writing, by asking for a lease, fcntl(2), and
/// giving it back at once. EAGAIN: somebody has. EACCES: only the file's owner may ask. ENOSYS and others: no proof here.
[[nodiscard]] Result<void> prove_unwritten(Fd file);

/// Watches folders and files, inotify(7), and mounts, proc_pid_mountinfo(5). The kernel tells within the call that makes
/// the change, so who calls look() later than that call has ended hears of it.
class TreeWatch {
public:
    struct News {
        std::vector<int> ids;     ///< changed, gone, or not watched any more; also what forget() was called for
        std::vector<int> opened;  ///< files that were opened, and still are watched unless they are among the others
        bool mounts = false;      ///< something was mounted or unmounted somewhere
        bool lost = false;        ///< and some more, of which nothing is known
    };

    /// ENOSYS where there is nothing like it, EMFILE when a user has too many.
    [[nodiscard]] static Result<TreeWatch> create();

    /// An open folder (O_PATH is enough): when it is moved, or its rights change. Tells its id. EACCES when it may not be
    /// read, ENOSPC when watches run out, EEXIST when it is watched already, ENOENT without /proc.
    [[nodiscard]] Result<int> watch_folder(Fd folder) const;
    /// An open file: when it is opened by whomever, cut, moved, gets or loses a name, or changes otherwise than by a
    /// descriptor or mapping that was there before. Errors as above.
    [[nodiscard]] Result<int> watch_file(Fd file) const;
    /// Harmless when it is gone already.
    void forget(int id) const noexcept;

    /// Tells of mounts from now on. ENOENT when the mount of that id is none of those that are told of, having been found
    /// through another process's view of them, mount_namespaces(7), say; other errors without /proc.
    [[nodiscard]] Result<void> watch_mounts(std::uint64_t own_mount);

    /// What has come since; one system call when that is nothing.
    [[nodiscard]] std::optional<News> look() const noexcept;

private:
    TreeWatch(UniqueFd inotify, UniqueFd both) noexcept : inotify_(std::move(inotify)), both_(std::move(both)) {}

    UniqueFd inotify_;
    UniqueFd mounts_;  ///< closed: not watched
    UniqueFd both_;    ///< an epoll(7) of the two: an empty one is told without a question to either
};

}  // namespace filesrv::os
