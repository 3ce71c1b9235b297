// SPDX-License-Identifier: MIT
// Reading a folder for a listing: a stream of what may be seen, or a sorted, bounded copy of it.
#include "store/folder.hpp"

#include <algorithm>
#include <utility>

#include "base/assert.hpp"
#include "os/clock.hpp"
#include "os/open.hpp"
#include "os/stat.hpp"
#include "store/path.hpp"
#include "store/store.hpp"
#include "store/version.hpp"

namespace filesrv::store {

FolderReader::FolderReader(const Store& store, std::string path, os::Directory directory) noexcept
    : store_(&store), path_(std::move(path)), directory_(std::move(directory)) {}

Result<FolderReader> FolderReader::open(const Store& store, const Entry& folder) {
    FS_ASSERT(folder.kind == Kind::folder && folder.fd.is_open());
    // A descriptor of its own: the entry is shared, and so would be the offset in it.
    auto fd = os::open_at(folder.fd.get(), ".", os::OpenMode::folder);
    if (!fd) return failure(fd.error().code, "open folder", folder.path);
    auto directory = os::Directory::adopt(std::move(*fd));
    if (!directory) return failure(directory.error().code, "open folder", folder.path);
    return FolderReader(store, folder.path, std::move(*directory));
}

Result<std::optional<FolderItem>> FolderReader::next() {
    for (;;) {
        const auto name = directory_.next();
        if (!name) return failure(name.error().code, "read folder", path_);
        if (!*name) return std::nullopt;
        if (is_reserved(**name) || (!store_->options().hidden && is_hidden(**name))) continue;
        if (auto item = look_at(**name)) return item;
    }
}

std::optional<FolderItem> FolderReader::look_at(std::string_view name) const {
    std::string text(name);
    os::FileStat stat;
    if (os::stat_at(directory_.fd(), text.c_str(), stat) != 0) return std::nullopt;  // gone since it was read
    if (stat.type == os::FileType::symlink) {
        // Only what could be opened is shown; the root alone knows where links may lead.
        const auto place = store_->root().open_beneath(join(path_, name), Purpose::locate, Patience::may_block);
        const auto target = place ? os::stat_fd(place->fd.get()) : std::unexpected(place.error());
        if (!target) return std::nullopt;
        stat = *target;
    }
    const bool is_folder = stat.type == os::FileType::directory;
    if (!is_folder && stat.type != os::FileType::regular) return std::nullopt;
    const std::uint64_t size = is_folder ? 0 : stat.size;
    return FolderItem{
        .name = std::move(text),
        .kind = is_folder ? Kind::folder : Kind::file,
        .size = size,
        .mtime_ns = stat.mtime_ns,
        .version = {.mtime_ns = stat.mtime_ns, .size = size, .weak = is_weak_by_age(stat, os::wall_now())}};
}

Result<Folder> read_folder(const Store& store, const Entry& folder, std::size_t items_max) {
    auto reader = FolderReader::open(store, folder);
    if (!reader) return std::unexpected(std::move(reader.error()));
    Folder read;
    for (;;) {
        auto item = reader->next();
        if (!item) return std::unexpected(std::move(item.error()));
        if (!*item) break;
        read.truncated = read.items.size() == items_max;
        if (read.truncated) break;
        FS_ASSERT(!(*item)->name.empty());
        read.items.push_back(std::move(**item));
    }
    std::ranges::sort(read.items, {}, &FolderItem::name);
    return read;
}

}  // namespace filesrv::store
