// SPDX-License-Identifier: MIT
// The files below one root: how the store is opened, and what its look-ups promise.
#include "store/store.hpp"

#include <cerrno>
#include <utility>

#include "base/assert.hpp"
#include "os/stat.hpp"
#include "store/path.hpp"
#include "store/upload_area.hpp"

namespace filesrv::store {

Store::Store(StoreOptions options, Root root)
    : options_(std::move(options)), root_(std::move(root)), uploads_(std::make_unique<UploadArea>(root_)) {}

Store::~Store() { tidy(); }

Result<std::unique_ptr<Store>> Store::open(StoreOptions options) {
    auto root = Root::open(options.root, {.follow_symlinks = options.follow_symlinks,
                                          .component_walk = options.component_walk});
    if (!root) return std::unexpected(std::move(root.error()));
    std::unique_ptr<Store> store(new Store(std::move(options), std::move(*root)));
    const auto stat = os::stat_fd(store->root_.fd());
    if (!stat) return std::unexpected(stat.error());
    store->local_ = store->devices_.learn(stat->device, store->root_.fd());
    return store;
}

bool Store::is_shown(std::string_view path) const noexcept {
    return !is_reserved(path) && (options_.hidden || !is_hidden(path));
}

Lookup Store::open_nowait(std::string_view path) const {
    if (!local_) return {.status = LookupStatus::would_block};
    auto entry = load(path, Patience::cached_only);
    if (entry) return {.status = LookupStatus::found, .entry = EntryRef::publish(std::move(*entry))};
    if (entry.error().code == EAGAIN) return {.status = LookupStatus::would_block};
    return {.status = LookupStatus::failed, .error = std::move(entry.error())};
}

Result<EntryRef> Store::open(std::string_view path) const {
    auto entry = load(path, Patience::may_block);
    if (!entry) return std::unexpected(std::move(entry.error()));
    return EntryRef::publish(std::move(*entry));
}

bool Store::revalidate(const Entry& entry) const noexcept {
    os::FileStat stat;
    return stat_by_folders(entry.path, stat) == 0 && stat.is_same_content(entry.stat);
}

/// Looks at a name that was opened before, to which nothing but folders may lead: 0, or an errno.
int Store::stat_by_folders(std::string_view path, os::FileStat& stat) const noexcept {
    // fstatat(2) follows links in the middle of a path. Were a parent swapped for a link, even one that leads to where
    // the very same folder has been moved, the file would look unchanged, though it may now be outside: so every
    // parent has to be a folder still. One that is swapped after it was looked at was swapped during the request.
    char name[path_bytes_max + 1];
    FS_ASSERT(path.size() < sizeof name);
    path.copy(name, path.size());
    for (auto slash = path.find('/'); slash != std::string_view::npos; slash = path.find('/', slash + 1)) {
        name[slash] = '\0';
        if (const int code = os::stat_at(root_.fd(), name, stat); code != 0) return code;
        if (stat.type != os::FileType::directory) return ENOTDIR;
        name[slash] = '/';
    }
    name[path.size()] = '\0';
    return os::stat_at(root_.fd(), name, stat);
}

bool Store::is_absent(std::string_view path) const noexcept {
    char name[path_bytes_max + 1];
    FS_ASSERT(!path.empty() && path.size() < sizeof name);
    name[path.copy(name, path.size())] = '\0';
    os::FileStat stat;
    return os::stat_at(root_.fd(), name, stat) == ENOENT;
}

void Store::tune(const StoreOptions& fresh) noexcept {
    options_.read_only = fresh.read_only;
    options_.durability = fresh.durability;
    options_.min_free = fresh.min_free;
}

Result<void> Store::sweep() { return options_.read_only ? Result<void>() : uploads_->sweep(); }

void Store::tidy() noexcept { uploads_->tidy(); }

}  // namespace filesrv::store
