// SPDX-License-Identifier: MIT
// What the uploads of a store share: the staging folder, the locks of paths, the mutexes of folders.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>
#include <unordered_set>

#include "base/error.hpp"
#include "base/mutex.hpp"
#include "store/folder_mutexes.hpp"
#include "store/path_lock.hpp"
#include "store/root.hpp"
#include "store/staged_file.hpp"
#include "store/unsynced_folders.hpp"

namespace filesrv::store {

/// A folder on the way to an upload's target, held open.
struct FolderPlace {
    os::Fd fd;
    os::FileStat stat;
};

/// Whether a folder made in `place` gets the group and access list that it would get in `target`, as both are now.
[[nodiscard]] bool makes_alike(const StagingPlace& place, const FolderPlace& target);

/// Shared by all threads; its own locks. The root must outlive it.
class UploadArea {
public:
    explicit UploadArea(const Root& root) noexcept : root_(root) {}

    /// One upload under way: while there is any, the staging folder stays.
    class Ticket {
    public:
        explicit Ticket(UploadArea& area);
        Ticket(const Ticket&) = delete;
        Ticket& operator=(const Ticket&) = delete;
        ~Ticket();

    private:
        UploadArea& area_;
    };

    /// Makes a staged file that can be renamed into `target`: in the staging folder, or beside, when that folder cannot
    /// be had, is on another mount, or would give the file the wrong group.
    [[nodiscard]] Result<StagedFile> stage(const FolderPlace& target, std::uint32_t mode);

    [[nodiscard]] Result<PathLocks::Held> lock_path(const FolderPlace& folder, std::string_view name);

    /// Whether folders made out of sight may get their name here: until the file system has been found to refuse it.
    [[nodiscard]] bool takes_trees(const os::FileStat& folder);
    void note_refusal_of_trees(const os::FileStat& folder);

    [[nodiscard]] FolderMutexes& names() noexcept { return names_; }
    [[nodiscard]] UnsyncedFolders& unsynced() noexcept { return unsynced_; }

    [[nodiscard]] Result<void> sweep();
    void tidy() noexcept;

private:
    using Place = std::shared_ptr<const StagingPlace>;

    void enter();
    void leave();
    [[nodiscard]] Result<Place> staging_folder(const Place& dead);
    [[nodiscard]] Result<Place> make_staging_folder();
    [[nodiscard]] Result<Place> open_staging_folder();
    [[nodiscard]] Result<StagedFile> stage_beside(const FolderPlace& target, std::uint32_t mode);
    [[nodiscard]] bool is_first_visit(const os::FileStat& folder);

    const Root& root_;
    FolderMutexes names_;
    UnsyncedFolders unsynced_;
    PathLocks locks_;
    Mutex mutex_;
    Place staging_ FS_GUARDED_BY(mutex_);  ///< null until it is needed
    std::size_t under_way_ FS_GUARDED_BY(mutex_) = 0;
    /// Folders whose leftovers were looked for; bounded.
    std::unordered_set<std::uint64_t> swept_ FS_GUARDED_BY(mutex_);
    /// Devices without RENAME_NOREPLACE for folders; bounded.
    std::unordered_set<std::uint64_t> without_trees_ FS_GUARDED_BY(mutex_);
};

}  // namespace filesrv::store
