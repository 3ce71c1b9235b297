// SPDX-License-Identifier: MIT
// FixedFolders: which folders still lie where their path says, without a look at each on the way.
#include "store/fixed_folders.hpp"

#include <algorithm>

#include "base/assert.hpp"
#include "os/open.hpp"
#include "store/path.hpp"

namespace filesrv::store {
namespace {

constexpr std::ptrdiff_t depth_max = 32;

}  // namespace

struct FixedFolders::Folder final : TreeNews::Subject {
    explicit Folder(FixedFolders& folders) noexcept : owner(folders) {}
    void on_news() noexcept override {
        fixed_at = 0;
        owner.news_.change_number();
    }

    FixedFolders& owner;
    std::string path;
    Ref parent;                  ///< empty: the root
    os::FileStat place;          ///< what is watched
    std::uint64_t fixed_at = 0;  ///< the news' number when it was found to be fixed
    std::size_t users = 0;
    bool refused = false;        ///< it cannot be watched: not tried again
};

FixedFolders::FixedFolders(TreeNews& news, std::size_t folders_max)
    : news_(news), folders_max_(folders_max), root_(std::make_unique<Folder>(*this)) {}

FixedFolders::~FixedFolders() {
    FS_ASSERT(folders_.empty());
    unwatch(*root_);
}

FixedFolders::Ref FixedFolders::refer(std::string_view path) {
    if (path.empty() || std::ranges::count(path, '/') >= depth_max) return {};
    if (const auto found = folders_.find(path); found != folders_.end()) {
        ++found->second->users;
        return {*this, *found->second};
    }
    if (folders_.size() >= folders_max_ || !news_.can_tell_of_moves()) return {};
    auto folder = std::make_unique<Folder>(*this);
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
    (void)news_.catch_up();
    return fix(*folder.folder_);
}

bool FixedFolders::watches_root() {
    if (root_->is_watched()) return true;
    if (root_->refused || !news_.can_tell_of_moves()) return false;
    root_->refused = !news_.watch_folder(*root_, news_.root());
    return !root_->refused;
}

/// The parent before the folder, and for each the watch before the look: a move after the look is told.
bool FixedFolders::fix(Folder& folder) {
    const std::uint64_t now = news_.catch_up();
    if (folder.fixed_at == now) return true;
    if (folder.refused) return false;
    if (folder.parent && !fix(*folder.parent.folder_)) return false;
    if (!folder.is_watched() && !watch(folder)) return false;
    os::FileStat found;
    if (news_.stat(folder.path.c_str(), found) != 0 || !found.is_same_file(folder.place)) {
        unwatch(folder);  // another one is there: that has to be watched
        return false;
    }
    FS_ASSERT(found.type == os::FileType::directory);
    folder.fixed_at = now;
    return true;
}

bool FixedFolders::watch(Folder& folder) {
    FS_ASSERT(folder.fixed_at == 0);
    const auto fd = os::open_at(news_.root(), folder.path.c_str(), os::OpenMode::locate);
    if (!fd) return false;
    const auto place = os::stat_fd(fd->get());
    if (!place || place->type != os::FileType::directory) return false;
    folder.refused = !news_.watch_folder(folder, fd->get());
    if (folder.refused) return false;
    folder.place = *place;
    return true;
}

void FixedFolders::unwatch(Folder& folder) noexcept {
    folder.fixed_at = 0;
    news_.forget(folder);
}

}  // namespace filesrv::store
