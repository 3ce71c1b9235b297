// SPDX-License-Identifier: MIT
// Where an upload will land: its folder, the folders still to be made, and what is at the name now.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"
#include "os/fd.hpp"
#include "os/stat.hpp"
#include "store/folder_mutexes.hpp"
#include "store/root.hpp"
#include "store/unsynced_folders.hpp"

namespace filesrv::store {

struct UploadTarget {
    os::UniqueFd parent;  ///< the deepest folder there is on the way
    os::FileStat parent_stat;
    std::string parent_path;            ///< as it can be opened from the root; may go through links
    std::vector<std::string> missing;   ///< the folders below it that are not there yet
    std::string name;
    std::optional<os::FileStat> current;  ///< the regular file to be replaced
};

/// When to look at the name itself: with `later`, only where a folder on the way is missing. Who then finds anything but a
/// regular file there, or nothing, under the lock that it needs anyway, has to find the target again with `now`.
enum class NameLook { now, later };

/// Follows a last link inside the root to what it names. EISDIR, ENOTDIR; ENOENT for a link that leaves the root or is
/// not to be followed, and for what is neither file nor folder: a writer learns no more of them than a reader.
[[nodiscard]] Result<UploadTarget> find_target(const Root& root, std::string_view path, NameLook look);

/// The folders an upload made, outermost first; known to all as unsynced until this goes.
class MadeFolders {
public:
    MadeFolders(const Root& root, UnsyncedFolders& unsynced) noexcept : root_(root), unsynced_(unsynced) {}
    MadeFolders(const MadeFolders&) = delete;
    MadeFolders& operator=(const MadeFolders&) = delete;
    ~MadeFolders();

    /// Makes the target's missing folders and moves its parent there. EAGAIN: somebody was quicker; find it again.
    [[nodiscard]] Result<void> make(UploadTarget& target, FolderMutexes& names);

    /// Knows the target's missing folders as unsynced, before they appear by other means, or takes that back.
    void announce(const UploadTarget& target);
    void retract(std::size_t count) noexcept;

    /// Removes them again, as far as they are empty.
    void undo() noexcept;

    /// Syncs the folders that name those on the way to `parent_path` that are unsynced, whoever made them. `file` is
    /// any file below, for where a folder cannot be opened.
    [[nodiscard]] Result<void> sync(std::string_view parent_path, os::Fd file) const;

private:
    void undo_one(const std::string& path) const;
    [[nodiscard]] int make_one(const UploadTarget& target, const std::string& name, FolderMutexes& names);

    const Root& root_;
    UnsyncedFolders& unsynced_;
    std::vector<std::string> paths_;
};

/// Syncs one folder's names; by way of the whole file system where the folder cannot be read.
[[nodiscard]] Result<void> sync_folder(os::Fd folder, os::Fd file);

}  // namespace filesrv::store
