// SPDX-License-Identifier: MIT
// Reading a folder for a listing: sorted, of any length, in constant memory.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "base/error.hpp"
#include "os/directory.hpp"
#include "store/entry.hpp"
#include "store/name_window.hpp"

namespace filesrv::store {

class Store;

struct FolderItem {
    std::string name;
    Kind kind = Kind::file;
    std::uint64_t size = 0;      ///< 0 for a folder
    std::int64_t mtime_ns = 0;
    Version version;             ///< of a file: as an entry for it would have it, if FolderReading::versions
};

struct FolderReading {
    /// Names held at a time, in bytes: first and last. It grows, so that a long listing needs few passes, only as
    /// fast as items are taken: who takes none costs the first.
    std::size_t window_bytes = std::size_t{64} << 10;
    std::size_t window_bytes_max = std::size_t{1} << 20;
    bool versions = false;  ///< look at the marks of young files too, which takes an open each
};

/// Gives a folder's items sorted, folders first, then by name byte by byte. Skips hidden names unless the store shows
/// them, reserved names always, and all that is neither a regular file nor a folder; a link inside the root shows as
/// what it leads to. A name that is there throughout and keeps its kind comes exactly once, whatever changes around it;
/// of any other it is open whether it comes. Size and time are those of the moment when the item is taken.
/// Each window of names costs one pass over the folder (name_window.hpp).
/// May block: workers only, one at a time. Owns its descriptor, so any number may read one folder, and a rename of the
/// folder does no harm (but to what links in it lead to). The store must outlive it.
class FolderReader {
public:
    /// EACCES when the folder may be searched but not read.
    [[nodiscard]] static Result<FolderReader> open(const Store& store, const Entry& folder, FolderReading how = {});

    /// The next item, or nothing at the end. Fails rather than leave out a name that may well be there: for want of
    /// descriptors or memory (EMFILE, ENFILE, ENOMEM), because the disk fails (EIO), or because the folder may be searched
    /// no more (EACCES).
    [[nodiscard]] Result<std::optional<FolderItem>> next();

    /// From the next window on, no more names at a time than at first.
    void stop_growing() noexcept;

private:
    FolderReader(const Store& store, std::string path, os::Directory directory, FolderReading how) noexcept;
    [[nodiscard]] Result<void> read_window();
    [[nodiscard]] Result<void> offer(const os::DirectoryItem& found);
    [[nodiscard]] Result<std::optional<os::FileStat>> look_at(std::string_view name) const;
    [[nodiscard]] Result<std::optional<FolderItem>> item_of(std::string_view name) const;
    [[nodiscard]] Version version_of_name(std::string_view name, const os::FileStat& stat, WallTime now) const;

    const Store* store_;
    std::string path_;
    os::Directory directory_;
    FolderReading how_;
    std::size_t next_window_bytes_;
    NameWindow window_;
    std::size_t taken_ = 0;  ///< of the window
    bool is_begun_ = false;
};

}  // namespace filesrv::store
