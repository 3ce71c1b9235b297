// SPDX-License-Identifier: MIT
// TreeNews: what the kernel tells of the root's tree, read when requests may have been sent after changes.
#include "store/tree_news.hpp"

#include <cerrno>
#include <new>

namespace filesrv::store {

bool TreeNews::can_tell_of_moves() {
    if (moves_ == Telling::unknown) moves_ = start_watching() ? Telling::yes : Telling::no;
    return moves_ == Telling::yes;
}

bool TreeNews::start_watching() {
    const auto mount = os::mount_id(root_);
    if (!mount || !os::tells_of_moves(root_)) return false;
    auto watch = os::TreeWatch::create();
    if (!watch) return false;
    mount_ = *mount;
    watch_ = std::move(*watch);
    return true;
}

bool TreeNews::can_tell_of_all() {
    if (all_ != Telling::unknown) return all_ == Telling::yes;
    const bool can = can_tell_of_moves() && os::tells_of_writers(root_) && watch_->watch_mounts(mount_).has_value();
    all_ = can ? Telling::yes : Telling::no;
    return can;
}

std::uint64_t TreeNews::read() noexcept {
    is_read_ = true;
    if (subjects_.empty()) return number_;
    const auto told = watch_->look();
    if (!told) return number_;
    for (const int id : told->opened) tell_opened(id);
    for (const int id : told->ids) {
        const auto found = subjects_.find(id);  // not there: what was told before we let it go, or because we did
        if (found != subjects_.end()) tell(*found->second);
    }
    if (told->mounts || told->lost) change_number();
    while (told->lost && !subjects_.empty()) tell(*subjects_.begin()->second);
    return number_;
}

void TreeNews::tell_opened(int id) noexcept {
    const auto found = subjects_.find(id);
    if (found != subjects_.end() && !found->second->on_opened()) tell(*found->second);
}

void TreeNews::tell(Subject& subject) noexcept {
    forget(subject);
    subject.on_news();
}

int TreeNews::stat(const char* path, os::FileStat& result) const noexcept {
    FS_ASSERT(moves_ == Telling::yes);
    return os::stat_on_mount(root_, path, mount_, result);
}

Result<void> TreeNews::watch_folder(Subject& subject, os::Fd folder) {
    return watch(subject, folder, &os::TreeWatch::watch_folder);
}

Result<void> TreeNews::watch_file(Subject& subject, os::Fd file) { return watch(subject, file, &os::TreeWatch::watch_file); }

Result<void> TreeNews::watch(Subject& subject, os::Fd fd, Adding add) {
    FS_ASSERT(moves_ == Telling::yes && !subject.is_watched());
    if (os::mount_id(fd) != mount_) return failure(EXDEV, "watch");
    const auto id = ((*watch_).*add)(fd);
    if (!id) return std::unexpected(id.error());
    try {
        const bool added = subjects_.emplace(*id, &subject).second;
        FS_ASSERT(added);
    } catch (const std::bad_alloc&) {
        watch_->forget(*id);  // or it could never be watched again
        throw;
    }
    subject.id_ = *id;
    return {};
}

void TreeNews::forget(Subject& subject) noexcept {
    if (!subject.is_watched()) return;
    watch_->forget(subject.id_);
    subjects_.erase(subject.id_);
    subject.id_ = Subject::none;
}

}  // namespace filesrv::store
