// SPDX-License-Identifier: MIT
// Reading a folder for a listing: a stream of what may be seen, or a sorted, bounded copy of it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/error.hpp"
#include "os/directory.hpp"
#include "store/entry.hpp"

namespace filesrv::store {

class Store;

struct FolderItem {
    std::string name;
    Kind kind = Kind::file;
    std::uint64_t size = 0;      ///< 0 for a folder
    std::int64_t mtime_ns = 0;
    Version version;             ///< weak by age alone: no attribute is read for a listing
};

/// Streams a folder's items in the file system's order. Skips hidden names unless the store shows them, reserved names
/// always, and all that is neither a regular file nor a folder; a link inside the root shows as what it leads to.
/// May block: workers only. Owns its descriptor, so any number may read one folder.
class FolderReader {
public:
    /// EACCES when the folder may be searched but not read.
    [[nodiscard]] static Result<FolderReader> open(const Store& store, const Entry& folder);

    /// The next item, or nothing at the end.
    [[nodiscard]] Result<std::optional<FolderItem>> next();

private:
    FolderReader(const Store& store, std::string path, os::Directory directory) noexcept;
    [[nodiscard]] std::optional<FolderItem> look_at(std::string_view name) const;

    const Store* store_;
    std::string path_;
    os::Directory directory_;
};

struct Folder {
    std::vector<FolderItem> items;  ///< sorted by name, bytewise
    bool truncated = false;         ///< there were more than items_max
};

/// Reads at most `items_max` items and sorts them.
[[nodiscard]] Result<Folder> read_folder(const Store& store, const Entry& folder, std::size_t items_max);

}  // namespace filesrv::store
