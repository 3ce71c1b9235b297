// SPDX-License-Identifier: MIT
// The files below one root: opened for reading, listed, uploaded. Knows no HTTP.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/error.hpp"
#include "base/tunable.hpp"
#include "store/entry.hpp"
#include "store/entry_cache.hpp"
#include "store/folder.hpp"
#include "store/local_devices.hpp"
#include "store/recent_commits.hpp"
#include "store/root.hpp"
#include "store/upload.hpp"

namespace filesrv::store {

class UploadArea;

/// What a successful commit means.
enum class Durability : std::uint8_t {
    full,  ///< the file and every folder that names it are synced
    data,  ///< the file's data is synced
    none,  ///< handed to the kernel
};

/// Sets the heads of a filled entry, nothing else of it; called by whatever thread opened it.
using Annotate = std::function<void(Entry&)>;

struct StoreOptions {
    std::string root = ".";
    bool follow_symlinks = true;
    bool hidden = false;     ///< serve, list and take names that start with a dot
    Tunable<bool> read_only = false;  ///< uploads are EROFS
    Tunable<Durability> durability = Durability::full;
    Tunable<std::uint64_t> min_free = 0;                 ///< bytes an upload must leave free
    std::size_t body_bytes_max = std::size_t{128} << 10;  ///< files up to this size are held whole in their entry
    Annotate annotate;
    bool component_walk = false;  ///< see RootOptions
};

enum class LookupStatus : std::uint8_t { found, would_block, failed };

/// What a look-up in place brought.
struct Lookup {
    LookupStatus status = LookupStatus::would_block;
    EntryRef entry;  ///< when found
    Error error;     ///< when failed
};

/// An uploads' folder that is held open: empty, or as Store::upload_nowait() left it. One thread.
struct KeptFolder {
    std::string path;
    os::UniqueFd fd;
    os::FileStat stat;
};

/// Shared by all threads. Errors carry errno: ENOENT (not there, hidden, a link that leaves, neither file nor folder),
/// ENOTDIR (a parent is a file), EACCES, EMFILE, ENFILE, ENAMETOOLONG, EINVAL.
class Store {
public:
    [[nodiscard]] static Result<std::unique_ptr<Store>> open(StoreOptions options);
    Store(const Store&) = delete;
    Store& operator=(const Store&) = delete;
    ~Store();

    /// Opens without waiting for anything but memory: for the polling thread. would_block: ask a worker to open().
    [[nodiscard]] Lookup open_nowait(std::string_view path) const;

    /// Opens; may block.
    [[nodiscard]] Result<EntryRef> open(std::string_view path) const;

    /// Whether what is on disk under the entry's path now is what the entry was filled from. Waits for a disk only where
    /// the kernel has forgotten the name, which was in use when the entry was.
    [[nodiscard]] bool revalidate(const Entry& entry) const noexcept;

    /// Whether the file holds the bytes that the entry has in memory. EAGAIN when a disk would have to be asked.
    [[nodiscard]] Result<bool> has_body_of(const Entry& entry, os::Fd file) const;

    /// Whether no such name is there now, by one look that goes through links on the way: no proof of what may be opened.
    /// May wait for a disk as revalidate() may; a name that was not looked for before is not for the polling thread.
    [[nodiscard]] bool is_absent(std::string_view path) const noexcept;

    /// Checks all that can be known before a body comes: the path, its type and parents, rights, room, the guard.
    /// EISDIR, ENOTDIR, ENOENT (hidden, reserved, a link that leaves), EACCES, EPERM, EROFS, ENOSPC, EDQUOT, EFBIG,
    /// ENAMETOOLONG, EINVAL, or a guard refusal.
    [[nodiscard]] Result<Upload> begin_upload(std::string_view path, UploadRequest request);

    /// Stores a small upload whose bytes are all here without waiting for a disk or for another thread: for the polling
    /// thread. Of what can be done so, the usual: a new file in a folder in memory, where a worker has been. Nothing: for
    /// any reason; nothing is stored or left behind, and begin_upload() in a worker will do it, or tell what is wrong.
    /// `folder` is for the next upload, which will mostly go there too; it keeps its file system busy, umount(2).
    [[nodiscard]] std::optional<Committed> upload_nowait(std::string_view path, std::span<const char> body, const Guard& guard,
                                                         KeptFolder& folder);

    /// Removes a file's name: of a link, the link. The guard decides under the path's lock, by what the name leads to.
    /// ENOENT, EISDIR, ENOTDIR, EACCES, EPERM, EROFS, or a guard refusal.
    [[nodiscard]] Result<void> remove(std::string_view path, const Guard& guard);

    /// Removes what dead processes left in staging: only what can be locked, so never a living process's upload.
    [[nodiscard]] Result<void> sweep();

    /// Removes the staging folder when no upload is under way; cheap when there is none. The destructor does it too.
    void tidy() noexcept;

    /// Takes over what is Tunable. One thread; uploads under way may see each value change.
    void tune(const StoreOptions& fresh) noexcept;

    [[nodiscard]] const Root& root() const noexcept { return root_; }
    [[nodiscard]] const StoreOptions& options() const noexcept { return options_; }
    [[nodiscard]] RecentCommits& commits() const noexcept { return commits_; }

private:
    Store(StoreOptions options, Root root);

    [[nodiscard]] bool is_shown(std::string_view path) const noexcept;
    [[nodiscard]] bool find_folder_nowait(std::string_view path, KeptFolder& folder) const;
    [[nodiscard]] int stat_by_folders(std::string_view path, os::FileStat& stat) const noexcept;
    [[nodiscard]] Result<std::unique_ptr<Entry>> load(std::string_view path, Patience patience) const;
    [[nodiscard]] Result<Opened> open_any(std::string_view path, Patience patience) const;
    [[nodiscard]] Result<void> fill_file(Entry& entry, WallTime now, Patience patience) const;

    StoreOptions options_;
    Root root_;
    bool local_ = false;  ///< the root's file system is a disk or memory of this machine: decided once
    mutable LocalDevices devices_;
    mutable RecentCommits commits_;
    std::unique_ptr<UploadArea> uploads_;
    std::atomic<unsigned> looks_due_{0};  ///< see upload_nowait.cpp
};

/// Whether reading this range would find all of it in memory, by probing with preadv2(2) RWF_NOWAIT. Where that is not
/// supported: only tmpfs and ramfs count as memory.
[[nodiscard]] bool in_page_cache(os::Fd fd, std::uint64_t offset, std::uint64_t length) noexcept;

}  // namespace filesrv::store
