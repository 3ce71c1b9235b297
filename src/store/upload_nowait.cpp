// SPDX-License-Identifier: MIT
// An upload by the polling thread: in memory, in a few calls none of which waits, or not at all.
//
// What a worker does as well (upload_commit.cpp, the nameless way), without what may wait: names that the kernel has in
// its memory, a folder that a worker has seen to, and of the locks only the one that keeps threads from each other, if it
// is free. The folder's mutex is left out: it spares the kernel's own lock a crowd, and whoever has it may wait for a disk,
// for folders share it. Syncs are asked for as promised, though in memory they are nothing: it is one promise everywhere.
#include <cerrno>
#include <string>
#include <utility>

#include "base/assert.hpp"
#include "os/clock.hpp"
#include "os/directory.hpp"
#include "os/file.hpp"
#include "os/open.hpp"
#include "store/path.hpp"
#include "store/staged_file.hpp"
#include "store/store.hpp"
#include "store/upload_area.hpp"
#include "store/version.hpp"

namespace filesrv::store {
namespace {

/// After a name that was taken, so many uploads look at theirs first. Before the bytes are written that costs less than
/// after, but where names are new, as most are, it only has the kernel look twice.
constexpr unsigned looks_after_taken = 64;

bool is_taken(const KeptFolder& folder, const std::string& name) noexcept {
    os::FileStat found;
    return os::stat_at(folder.fd.get(), name.c_str(), found) != ENOENT;
}

/// The file's bytes, its time and its mark; nothing when any of that fails. File systems in memory keep times as they are
/// given, so nobody has to look what became of it.
std::optional<VersionInfo> fill(os::Fd file, std::span<const char> body, RecentCommits& commits) {
    const VersionInfo version{.mtime_ns = os::wall_now().time_since_epoch().count(), .size = body.size(), .weak = false};
    if (!os::write_at(file, body, 0) || os::set_mtime(file, version.mtime_ns) != 0) return std::nullopt;
    if (mark_commit(file, version)) return version;
    const auto stat = os::stat_fd(file);
    if (!stat || stat->mtime_ns != version.mtime_ns || stat->size != version.size) return std::nullopt;
    commits.add(*stat);
    return version;
}

bool is_synced(os::Fd file, Durability durability) noexcept {
    switch (durability) {
        case Durability::none: return true;
        case Durability::data: return os::sync_data(file) == 0;
        case Durability::full: return os::sync_file(file) == 0;
    }
    FS_UNREACHABLE("all are above");
}

/// 0, or an errno; EBUSY when somebody is about to replace the name, or one that shares its lock.
int place(UploadArea& area, const KeptFolder& folder, const std::string& name, os::Fd file) {
    FS_ASSERT(file.is_open() && folder.fd.is_open());
    const auto threads = area.try_hold_threads(folder.stat, name);
    if (!threads.owns_lock()) return EBUSY;
    return os::link_nameless(file, {.folder = folder.fd.get(), .name = name.c_str()});
}

}  // namespace

/// The folder of that path, as it is now, without waiting. False: it is not for the polling thread.
bool Store::find_folder_nowait(std::string_view path, KeptFolder& folder) const {
    os::FileStat now;
    const bool is_kept = folder.fd.is_open() && folder.path == path && stat_by_folders(path, now) == 0 && now.is_same_file(folder.stat);
    if (!is_kept) {
        folder = {};
        auto opened = root_.open_beneath(path, Purpose::locate, Patience::cached_only);
        if (!opened || opened->via_symlink) return false;
        const auto stat = os::stat_fd(opened->fd.get());
        if (!stat || stat->type != os::FileType::directory) return false;
        folder = {.path = std::string(path), .fd = std::move(opened->fd), .stat = *stat};
    }
    return uploads_->is_at_hand(folder.stat);
}

std::optional<Committed> Store::upload_nowait(std::string_view path, std::span<const char> body, const Guard& guard,
                                              KeptFolder& folder) {
    if (!local_ || !uploads_->has_any_at_hand() || options_.read_only || options_.min_free > 0) return std::nullopt;
    if (path.empty() || !check_path(path) || !is_shown(path)) return std::nullopt;
    if (!find_folder_nowait(parent_of(path), folder)) return std::nullopt;
    const Durability durability = options_.durability;
    // Folders on the way, which may be on a disk, are synced by whoever builds on them.
    if (durability == Durability::full && !uploads_->unsynced().is_empty()) return std::nullopt;
    const std::string name(name_of(path));
    const unsigned looks_due = looks_due_.load(std::memory_order_relaxed);
    if (looks_due > 0 && is_taken(folder, name)) return std::nullopt;
    if (guard && guard(std::nullopt) == GuardVerdict::refuse) return std::nullopt;

    const auto file = StagedFile::create_nameless(folder.fd.get(), 0666);
    const auto version = file ? fill(file->fd(), body, commits_) : std::nullopt;
    if (!version || !is_synced(file->fd(), durability)) return std::nullopt;
    // Before the name is there, since from then on nothing may fail any more.
    auto readable = durability == Durability::full ? os::open_at(folder.fd.get(), ".", os::OpenMode::folder) : os::UniqueFd();
    if (!readable) return std::nullopt;
    const int code = place(*uploads_, folder, name, file->fd());
    if (code == EEXIST) looks_due_.store(looks_after_taken, std::memory_order_relaxed);
    else if (looks_due > 0) looks_due_.store(looks_due - 1, std::memory_order_relaxed);
    if (code != 0) return std::nullopt;
    if (readable->is_open()) (void)os::sync_file(readable->get());  // of a folder in memory: it cannot fail either
    return Committed{.created = true, .version = *version};
}

}  // namespace filesrv::store
