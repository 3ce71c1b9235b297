// SPDX-License-Identifier: MIT
// Reading a folder for a listing: sorted, of any length, in constant memory.
#include "store/folder.hpp"

#include <algorithm>
#include <cerrno>
#include <utility>

#include "base/assert.hpp"
#include "os/clock.hpp"
#include "os/open.hpp"
#include "os/stat.hpp"
#include "store/path.hpp"
#include "store/store.hpp"
#include "store/version.hpp"

namespace filesrv::store {
namespace {

/// What is listed of this type; nothing of what is never listed.
std::optional<Kind> kind_of(os::FileType type) noexcept {
    if (type == os::FileType::directory) return Kind::folder;
    if (type == os::FileType::regular) return Kind::file;
    return std::nullopt;
}

using Looked = Result<std::optional<os::FileStat>>;

/// Whether an error says of a name that no request could open it either: it is gone, leads nowhere or out of the root, or
/// is one that the file system cannot look up.
bool is_about_the_name(int error) noexcept {
    switch (error) {
        case ENOENT: case ENOTDIR: case ELOOP: case EXDEV: case ENXIO: case ENODEV: return true;
        case ENAMETOOLONG: case EILSEQ: case EINVAL: return true;
        default: return false;
    }
}

/// What a name gives that could not be looked at: nothing where that is the name's own matter, else the listing fails.
Looked without(std::string_view name, int error) {
    if (is_about_the_name(error)) return std::nullopt;
    return failure(error, "list", std::string(name));
}

}  // namespace

FolderReader::FolderReader(const Store& store, std::string path, os::Directory directory, FolderReading how) noexcept
    : store_(&store), path_(std::move(path)), directory_(std::move(directory)), how_(how), next_window_bytes_(how.window_bytes) {}

void FolderReader::stop_growing() noexcept {
    next_window_bytes_ = how_.window_bytes;
    how_.window_bytes_max = how_.window_bytes;
}

Result<FolderReader> FolderReader::open(const Store& store, const Entry& folder, FolderReading how) {
    FS_ASSERT(folder.kind == Kind::folder && folder.fd.is_open());
    // A descriptor of its own: the entry is shared, and so would be the offset in it.
    auto fd = os::open_at(folder.fd.get(), ".", os::OpenMode::folder);
    if (!fd) return failure(fd.error().code, "open folder", folder.path);
    auto directory = os::Directory::adopt(std::move(*fd));
    if (!directory) return failure(directory.error().code, "open folder", folder.path);
    return FolderReader(store, folder.path, std::move(*directory), how);
}

Result<std::optional<FolderItem>> FolderReader::next() {
    for (;;) {
        while (taken_ < window_.size()) {
            if (auto item = item_of(window_[taken_++].name); !item || *item) return item;
        }
        if (is_begun_ && window_.is_last()) return std::nullopt;
        if (auto read = read_window(); !read) return std::unexpected(std::move(read.error()));
    }
}

/// One pass: the next names, without a look at any file whose type the folder itself tells.
Result<void> FolderReader::read_window() {
    if (is_begun_) directory_.rewind();
    is_begun_ = true;
    window_.begin(next_window_bytes_);
    next_window_bytes_ = std::min(next_window_bytes_ / 2 * 3, how_.window_bytes_max);
    for (;;) {
        const auto found = directory_.next();
        // Who removed the folder meanwhile had emptied it: the listing ends, and nothing is wrong.
        if (!found && found.error().code != ENOENT) return failure(found.error().code, "read folder", path_);
        if (!found || !*found) break;
        if (auto offered = offer(**found); !offered) return offered;
    }
    window_.finish();
    taken_ = 0;
    return {};
}

Result<void> FolderReader::offer(const os::DirectoryItem& found) {
    const bool may_be_folder = window_.wants({.kind = Kind::folder, .name = found.name});
    const bool may_be_file = window_.wants({.kind = Kind::file, .name = found.name});
    if (!may_be_folder && !may_be_file) return {};
    if (found.name.size() > component_bytes_max) return {};  // vfat has such names; no request can ask for them
    if (is_reserved(found.name) || (!store_->options().hidden && is_hidden(found.name))) return {};
    std::optional<os::FileType> type = found.type;
    if (!type || type == os::FileType::symlink) {
        const auto stat = look_at(found.name);
        if (!stat) return std::unexpected(stat.error());
        type = *stat ? (*stat)->type : os::FileType::other;
    }
    if (const auto kind = kind_of(*type)) window_.offer({.kind = *kind, .name = found.name});
    return {};
}

/// What a name is now; of a link, what it leads to. Nothing for what is gone or cannot be opened; an error where that is
/// our own want and not the name's: left out now, it would never come again.
Result<std::optional<os::FileStat>> FolderReader::look_at(std::string_view name) const {
    os::FileStat stat;
    if (const int error = os::stat_at(directory_.fd(), std::string(name).c_str(), stat); error != 0) return without(name, error);
    if (stat.type != os::FileType::symlink) return stat;
    // The root alone knows where links may lead.
    const auto place = store_->root().open_beneath(join(path_, name), Purpose::locate, Patience::may_block);
    const auto target = place ? os::stat_fd(place->fd.get()) : std::unexpected(place.error());
    // A target that we may not reach is the link's matter; EACCES for the name itself means that the folder was closed.
    if (!target) return target.error().code == EACCES ? Looked(std::nullopt) : without(name, target.error().code);
    return *target;
}

Result<std::optional<FolderItem>> FolderReader::item_of(std::string_view name) const {
    const WallTime now = os::wall_now();  // before the times: what changes later is then seen to be later
    const auto found = look_at(name);
    if (!found) return std::unexpected(found.error());
    const std::optional<os::FileStat>& stat = *found;
    if (!stat) return std::nullopt;
    const auto kind = kind_of(stat->type);
    if (!kind) return std::nullopt;
    FolderItem item{.name = std::string(name), .kind = *kind, .mtime_ns = stat->mtime_ns};
    if (*kind == Kind::file) {
        item.size = stat->size;
        item.version = version_of_name(name, *stat, now);
    }
    return std::optional(std::move(item));
}

Version FolderReader::version_of_name(std::string_view name, const os::FileStat& stat, WallTime now) const {
    Version version{.mtime_ns = stat.mtime_ns, .size = stat.size, .weak = is_weak_by_age(stat, now)};
    if (!version.weak || !how_.versions) return version;
    if (store_->commits().contains(stat)) {
        version.weak = false;
        return version;
    }
    const auto place = store_->root().open_beneath(join(path_, name), Purpose::read, Patience::may_block);
    const auto opened = place ? os::stat_fd(place->fd.get()) : std::unexpected(place.error());
    if (opened && opened->is_same_content(stat)) version = version_of(place->fd.get(), stat, now);
    return version;
}

}  // namespace filesrv::store
