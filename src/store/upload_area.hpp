// SPDX-License-Identifier: MIT
// What the uploads of a store share: the staging folder, the locks of paths, the mutexes of folders.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>
#include <unordered_set>

#include "base/error.hpp"
#include "base/mutex.hpp"
#include "store/folder_mutexes.hpp"
#include "store/memory_folders.hpp"
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

    /// To be called where a file is made nameless instead: sweeps the folder, the first time, if staging would be there.
    void pass_by(const FolderPlace& target);

    /// Whether all this has been done in the folder, and no call there waits for a disk: what is then made nameless in it
    /// needs nothing of the area but try_hold_threads(). Lock-free.
    [[nodiscard]] bool is_at_hand(const os::FileStat& folder) const noexcept { return in_memory_.contains(folder); }
    [[nodiscard]] bool has_any_at_hand() const noexcept { return !in_memory_.is_empty(); }

    /// Whether what is nameless in the folder is known to get a name there. The first time on a file system this tries it
    /// with `file`, which is then of no more use: it is too late to learn it when a body has been taken.
    [[nodiscard]] bool proves_nameless(StagedFile& file, const FolderPlace& folder);

    /// The same as stage() for one that was made nameless in a folder, and cannot be placed as it is.
    [[nodiscard]] Result<void> give_name(StagedFile& file, const FolderPlace& target);

    /// Keeps this process's threads from committing to the name; for who neither removes nor replaces what is there.
    [[nodiscard]] auto hold_threads(const os::FileStat& folder, std::string_view name) {
        return locks_.hold_threads(PathLocks::slot_of(folder.inode, name));
    }
    /// The same if nobody has it, else empty: whoever has it may be waiting for a disk.
    [[nodiscard]] auto try_hold_threads(const os::FileStat& folder, std::string_view name) {
        return locks_.try_hold_threads(PathLocks::slot_of(folder.inode, name));
    }
    [[nodiscard]] Result<PathLocks::Held> lock_path(const FolderPlace& folder, std::string_view name);

    /// What a file system may not know.
    enum class Feature : std::uint8_t {
        trees,     ///< folders made out of sight get their name by RENAME_NOREPLACE
        nameless,  ///< O_TMPFILE, and a link of it
    };
    /// Whether the folder's file system has it: until it has been found to refuse.
    [[nodiscard]] bool takes(Feature feature, const os::FileStat& folder);
    void note_refusal(Feature feature, const os::FileStat& folder);

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
    template <class Make>
    [[nodiscard]] auto make_in_place(const FolderPlace& target, Make make) -> decltype(make(Place(), std::string_view()));
    [[nodiscard]] Result<Place> place_beside(const FolderPlace& target);
    void sweep_in_passing(const FolderPlace& target);
    [[nodiscard]] bool is_first_visit(const os::FileStat& folder, bool is_passing);

    const Root& root_;
    FolderMutexes names_;
    UnsyncedFolders unsynced_;
    MemoryFolders in_memory_;
    PathLocks locks_;
    Mutex mutex_;
    Place staging_ FS_GUARDED_BY(mutex_);  ///< null until it is needed
    std::size_t under_way_ FS_GUARDED_BY(mutex_) = 0;
    /// Folders whose leftovers were looked for, and those passed by; bounded.
    std::unordered_set<std::uint64_t> swept_ FS_GUARDED_BY(mutex_);
    /// Devices where a nameless file has got a name; bounded.
    std::unordered_set<std::uint64_t> with_nameless_ FS_GUARDED_BY(mutex_);
    /// Devices that lack a feature, by its number; bounded.
    std::array<std::unordered_set<std::uint64_t>, 2> without_ FS_GUARDED_BY(mutex_);
};

}  // namespace filesrv::store
