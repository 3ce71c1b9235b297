// SPDX-License-Identifier: MIT
// The folders an upload makes on its way: made, synced with the names of others who build on them, removed again.
#include <cerrno>
#include <new>
#include <ranges>
#include <utility>

#include "base/assert.hpp"
#include "os/directory.hpp"
#include "os/file.hpp"
#include "os/open.hpp"
#include "store/path.hpp"
#include "store/upload_target.hpp"

namespace filesrv::store {

MadeFolders::~MadeFolders() {
    for (const std::string& path : paths_) unsynced_.remove(path);
}

int MadeFolders::make_one(const UploadTarget& target, const std::string& name, FolderMutexes& names) {
    FS_ASSERT(!name.empty());
    std::string path = join(target.parent_path, name);
    paths_.reserve(paths_.size() + 1);
    unsynced_.add(path);
    const NamesLock lock(names.of(target.parent_stat));
    const int code = os::make_folder(target.parent.get(), name.c_str(), 0777);
    if (code == 0) paths_.push_back(std::move(path));
    else unsynced_.remove(path);
    return code;
}

void MadeFolders::announce(const UploadTarget& target) {
    std::string path = target.parent_path;
    for (const std::string& name : target.missing) {
        path = join(path, name);
        std::string announced = path;
        paths_.reserve(paths_.size() + 1);
        unsynced_.add(path);  // the last that can fail
        paths_.push_back(std::move(announced));
    }
}

void MadeFolders::retract(std::size_t count) noexcept {
    FS_ASSERT(count <= paths_.size());
    for (; count > 0; --count) {
        unsynced_.remove(paths_.back());
        paths_.pop_back();
    }
}

Result<void> MadeFolders::make(UploadTarget& target, FolderMutexes& names) {
    FS_ASSERT(target.parent_stat.type == os::FileType::directory);
    for (const std::string& name : target.missing) {
        const int code = make_one(target, name, names);
        if (code == ENOENT) return failure(EAGAIN, "mkdir");  // the folder it was to be made in has been removed
        target.parent_path = join(target.parent_path, name);
        if (code != 0 && code != EEXIST) return failure(code, "mkdir", target.parent_path);
        // No link is followed: where one stands now, the target is found anew, links and all.
        auto next = os::open_at(target.parent.get(), name.c_str(), os::OpenMode::locate);
        const auto stat = next ? os::stat_fd(next->get()) : std::unexpected(next.error());
        if (!stat || stat->type != os::FileType::directory) return failure(EAGAIN, "mkdir");
        target.parent = std::move(*next);
        target.parent_stat = *stat;
    }
    target.missing.clear();
    FS_ASSERT(target.parent.is_open());
    return {};
}

void MadeFolders::undo() noexcept {
    for (const std::string& path : std::views::reverse(paths_)) {
        try {
            undo_one(path);
        } catch (const std::bad_alloc&) {
            continue;  // an empty folder stays
        }
    }
}

void MadeFolders::undo_one(const std::string& path) const {
    const auto parent = root_.open_beneath(parent_of(path), Purpose::locate, Patience::may_block);
    if (!parent || os::remove_folder(parent->fd.get(), std::string(name_of(path)).c_str()) == 0) return;
    // Somebody uses it by now and may rely on us to sync it; then this is the last chance.
    (void)sync_folder(parent->fd.get(), parent->fd.get());
}

Result<void> MadeFolders::sync(std::string_view parent_path, os::Fd file) const {
    for (const std::string& path : unsynced_.on_way_to(parent_path)) {
        const auto parent = root_.open_beneath(parent_of(path), Purpose::locate, Patience::may_block);
        const os::Fd folder = parent ? parent->fd.get() : os::Fd();
        if (auto synced = sync_folder(folder, file); !synced) return synced;
    }
    return {};
}

Result<void> sync_folder(os::Fd folder, os::Fd file) {
    FS_ASSERT(file.is_open());
    auto readable = folder.is_open() ? os::open_at(folder, ".", os::OpenMode::folder) : failure(ENOENT, "sync");
    const int code = readable ? os::sync_file(readable->get()) : os::sync_file_system(file);
    if (code == EBADF) {  // the folder cannot be read, and `file` is but a place: what is left is sync(2)
        os::sync_everything();
        return {};
    }
    // fsync(2): EINVAL is a file system that has nothing to sync in a folder.
    if (code != 0 && code != EINVAL) return failure(code, "sync folder");
    return {};
}

}  // namespace filesrv::store
