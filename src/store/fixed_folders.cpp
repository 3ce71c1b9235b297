// SPDX-License-Identifier: MIT
// FixedFolders: which folders still lie where their path says, without a look at each on the way.
#include "store/fixed_folders.hpp"

#include <algorithm>
#include <cerrno>

#include "base/assert.hpp"
#include "os/open.hpp"
#include "store/path.hpp"

namespace filesrv::store {
namespace {

constexpr std::ptrdiff_t depth_max = 32;
constexpr int no_watch = -1;

}  // namespace

struct FixedFolders::Folder {
    std::string path;
    Ref parent;                  ///< empty: the root
    os::FileStat place;          ///< what is watched
    std::uint64_t fixed_at = 0;  ///< what news_ was when it was found to be fixed
    std::size_t users = 0;
    int watch = no_watch;
    bool refused = false;        ///< it cannot be watched: not tried again
};

FixedFolders::FixedFolders(os::Fd root, std::size_t folders_max) noexcept : root_(root), folders_max_(folders_max) {}

FixedFolders::~FixedFolders() { FS_ASSERT(folders_.empty() && watched_.empty()); }

bool FixedFolders::can_tell() {
    if (telling_ != Telling::unknown) return telling_ == Telling::yes;
    telling_ = Telling::no;
    const auto mount = os::mount_id(root_);
    if (!mount || !os::tells_of_moves(root_)) return false;
    auto watch = os::MoveWatch::create();
    if (!watch) return false;
    mount_ = *mount;
    watch_ = std::move(*watch);
    telling_ = Telling::yes;
    return true;
}

FixedFolders::Ref FixedFolders::refer(std::string_view path) {
    if (path.empty() || std::ranges::count(path, '/') >= depth_max) return {};
    if (const auto found = folders_.find(path); found != folders_.end()) {
        ++found->second->users;
        return {*this, *found->second};
    }
    if (folders_.size() >= folders_max_ || !can_tell()) return {};
    auto folder = std::make_unique<Folder>();
    folder->path = path;
    if (const std::string_view above = parent_of(path); !above.empty()) {
        folder->parent = refer(above);
        if (!folder->parent) return {};
    }
    Folder& kept = *folder;
    kept.users = 1;
    const bool added = folders_.emplace(kept.path, std::move(folder)).second;
    FS_ASSERT(added);
    return {*this, kept};
}

void FixedFolders::release(Folder* folder) noexcept {
    FS_ASSERT(folder != nullptr && folder->users > 0);
    if (--folder->users > 0) return;
    unwatch(*folder);
    const auto found = folders_.find(folder->path);
    FS_ASSERT(found != folders_.end() && found->second.get() == folder);
    const auto removed = folders_.extract(found);  // its own parent is released last
}

bool FixedFolders::is_fixed(const Ref& folder) {
    FS_ASSERT(folder && folder.owner_ == this);
    if (!looked_) look();
    return fix(*folder.folder_);
}

int FixedFolders::stat(const char* path, os::FileStat& result) const noexcept {
    FS_ASSERT(telling_ == Telling::yes);
    return os::stat_on_mount(root_, path, mount_, result);
}

void FixedFolders::look() {
    looked_ = true;
    if (watched_.empty() || !watch_->has_news()) return;
    const os::MoveWatch::News told = watch_->take_news();
    bool concerns_us = told.lost;
    for (const int id : told.ids) {
        const auto found = watched_.find(id);
        if (found == watched_.end()) continue;  // what was told before we let it go, or because we did
        unwatch(*found->second);
        concerns_us = true;
    }
    if (told.lost) unwatch_all();
    if (concerns_us) ++news_;
}

/// The parent before the folder, and for each the watch before the look: a move after the look is told.
bool FixedFolders::fix(Folder& folder) {
    if (folder.fixed_at == news_) return true;
    if (folder.refused) return false;
    if (folder.parent && !fix(*folder.parent.folder_)) return false;
    if (folder.watch == no_watch && !watch(folder)) return false;
    os::FileStat found;
    if (stat(folder.path.c_str(), found) != 0 || !found.is_same_file(folder.place)) {
        unwatch(folder);  // another one is there: that has to be watched
        return false;
    }
    FS_ASSERT(found.type == os::FileType::directory);
    folder.fixed_at = news_;
    return true;
}

bool FixedFolders::watch(Folder& folder) {
    FS_ASSERT(folder.watch == no_watch && folder.fixed_at != news_);
    const auto fd = os::open_at(root_, folder.path.c_str(), os::OpenMode::locate);
    if (!fd) return false;
    const auto place = os::stat_fd(fd->get());
    if (!place || place->type != os::FileType::directory) return false;
    const bool is_here = os::mount_id(fd->get()) == mount_;
    const auto id = is_here ? watch_->watch(fd->get()) : failure(EXDEV, "watch");
    folder.refused = !id;
    if (!id) return false;
    folder.place = *place;
    folder.watch = *id;
    const bool added = watched_.emplace(*id, &folder).second;
    FS_ASSERT(added);
    return true;
}

void FixedFolders::unwatch(Folder& folder) noexcept {
    folder.fixed_at = 0;
    if (folder.watch == no_watch) return;
    watch_->forget(folder.watch);
    watched_.erase(folder.watch);
    folder.watch = no_watch;
}

void FixedFolders::unwatch_all() noexcept {
    while (!watched_.empty()) unwatch(*watched_.begin()->second);
}

}  // namespace filesrv::store
