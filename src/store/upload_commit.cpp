// SPDX-License-Identifier: MIT
// An upload's end: made durable out of sight, decided once more, put in place in one step, made durable there.
//
// The order is the point. Contents, mode and time are synced before the name exists, so that no crash can leave a name
// with less than the whole file. Preconditions are decided under the path's lock, so that of several uploads that each
// saw no file only one creates it. Folders are synced last, outside every lock. Only then is the upload acknowledged.
#include <algorithm>
#include <array>
#include <cerrno>
#include <new>
#include <utility>

#include "base/assert.hpp"
#include "os/clock.hpp"
#include "os/directory.hpp"
#include "os/file.hpp"
#include "store/file_digest.hpp"
#include "store/path.hpp"
#include "store/staged_tree.hpp"
#include "store/upload_state.hpp"
#include "store/version.hpp"

namespace filesrv::store {
namespace {

/// What somebody else did to the name or its folder between our look and our step; the next try sees it as it is now.
bool is_lost_race(int code) noexcept { return code == EEXIST || code == ENOENT || code == EISDIR || code == ENOTDIR; }

/// rename(2): the file system knows no RENAME_NOREPLACE, or the kernel has no such call.
bool is_missing_call(int code) noexcept { return code == EINVAL || code == ENOSYS; }

/// Creates without ever replacing. Every file system has one of these ways; GlusterFS lacks the first, FAT the second.
int place_new(os::NamedPlace from, os::NamedPlace to) noexcept {
    const int renamed = os::rename_new(from, to);
    if (!is_missing_call(renamed)) return renamed;
    const int linked = os::link_new(from, to);
    if (linked == 0) (void)os::remove_name(from.folder, from.name);  // else the next sweep does it
    if (linked != EPERM && linked != EOPNOTSUPP && linked != EMLINK) return linked;
    // Neither: the path's lock keeps every filesrvd away, and the name was free a moment ago.
    return os::rename_over(from, to);
}

}  // namespace

Result<Committed> UploadState::commit() {
    FS_ASSERT(file_ && !has_ended_);
    FS_ASSERT(!request_.length || written_ == *request_.length);
    has_ended_ = true;
    (void)digests();
    // What it will replace is most likely what was there when it began: all is set for that before the sync.
    if (auto dressed = dress(replaced_); !dressed) return std::unexpected(std::move(dressed.error()));
    if (auto synced = sync_contents(); !synced) return std::unexpected(std::move(synced.error()));

    MadeFolders made(store_.root(), area_.unsynced());
    Result<Committed> committed = failure(EAGAIN, "commit", path_);
    try {
        for (int tries = 0; tries < race_tries_max && !committed && committed.error().code == EAGAIN; ++tries) {
            // The first time without a look at what the lock's holder will look at.
            const NameLook look = tries == 0 ? NameLook::later : NameLook::now;
            auto target = target_ ? std::move(*target_) : find_target(store_.root(), path_, look);
            target_.reset();
            committed = target ? try_commit(made, *target) : std::unexpected(std::move(target.error()));
        }
    } catch (const std::bad_alloc&) {
        committed = failure(ENOMEM, "commit");  // folders that were made must not stay unsynced and unknown
    }
    if (!committed) made.undo();
    return committed;
}

Result<Committed> UploadState::try_commit(MadeFolders& made, UploadTarget& target) {
    if (file_->is_nameless()) {
        if (auto result = place_nameless(target); !result) return std::unexpected(std::move(result.error()));
    } else {
        const auto placed = place_with_folders(target, made);
        if (!placed) return std::unexpected(placed.error());
        if (!*placed) {
            if (auto result = made.make(target, area_.names()); !result) return std::unexpected(std::move(result.error()));
            if (auto result = place_in_folder(target); !result) return std::unexpected(std::move(result.error()));
        }
    }
    FS_ASSERT(version_->size == written_);
    const Committed committed{.created = !target.current, .version = *version_};
    if (durability_ != Durability::full) return committed;
    // A time that had to be moved on under the lock is made durable here: nobody has been told of it yet.
    if (auto synced = sync_contents(); !synced) return std::unexpected(std::move(synced.error()));
    auto synced = sync_folder(target.parent.get(), file_->fd());
    if (synced) synced = made.sync(target.parent_path, file_->fd());
    if (!synced) return failure(synced.error().code, synced.error().operation, path_);
    return committed;
}

/// Links a nameless file to the name that was free when it began. That needs no lock between processes and no second look:
/// link(2) never replaces, so what was decided then still holds if it succeeds. Else the file gets a name, and EAGAIN
/// says to go the usual way with it.
Result<void> UploadState::place_nameless(const UploadTarget& target) {
    FS_ASSERT(version_ && !target.current && target.missing.empty());
    const FolderPlace folder{.fd = target.parent.get(), .stat = target.parent_stat};
    const int code = [&] {
        // Who replaces looks at the name and then takes it, under this lock: nothing of ours comes between.
        const auto threads = area_.hold_threads(folder.stat, target.name);
        const NamesLock names(area_.names().of(folder.stat));
        return os::link_nameless(file_->fd(), {.folder = folder.fd, .name = target.name.c_str()});
    }();
    if (code == 0) return {};
    if (code == ENOSPC || code == EDQUOT || code == EIO || code == ENOMEM) return failure(code, "commit", path_);
    if (!is_lost_race(code)) area_.note_refusal(UploadArea::Feature::nameless, folder.stat);
    if (auto named = area_.give_name(*file_, folder); !named) return failure(named.error().code, named.error().operation, path_);
    mode_ = file_->mode();
    owner_ = file_->owner();
    return failure(EAGAIN, "commit", path_);
}

/// Puts the file in place together with the folders it needs. False: they are to be made at their place.
Result<bool> UploadState::place_with_folders(UploadTarget& target, MadeFolders& made) {
    if (target.missing.empty() || !stages_folders_ || !area_.takes(UploadArea::Feature::trees, target.parent_stat)) return false;
    // Where it was staged was chosen for the folder there was when it began, which may be another by now.
    if (!makes_alike(file_->place(), {.fd = target.parent.get(), .stat = target.parent_stat})) return false;
    // There is no file where there is no folder, and one rename decides whose folder it is: that needs no lock.
    if (auto allowed = guard(std::nullopt); !allowed) return std::unexpected(std::move(allowed.error()));
    if (auto dressed = dress(std::nullopt); !dressed) return std::unexpected(std::move(dressed.error()));
    auto tree = StagedTree::build(*file_, target.missing, target.name);
    if (!tree) return false;
    made.announce(target);
    const os::NamedPlace to{.folder = target.parent.get(), .name = target.missing.front().c_str()};
    const int code = tree->put_in_place(to, area_.names().of(target.parent_stat));
    if (code != 0) {
        made.retract(target.missing.size());
        if (const int lost = file_->lost(); lost != 0) return failure(is_lost_race(lost) ? EIO : lost, "stage", path_);
        if (is_lost_race(code)) return failure(EAGAIN, "commit", path_);
        if (is_missing_call(code)) area_.note_refusal(UploadArea::Feature::trees, target.parent_stat);
        stages_folders_ = false;
        return false;
    }
    for (const std::string& name : target.missing) target.parent_path = join(target.parent_path, name);
    target.parent = tree->take_innermost();
    target.missing.clear();
    return true;
}

/// Puts the file in place where all folders are there, under the lock of its path.
Result<void> UploadState::place_in_folder(UploadTarget& target) {
    FS_ASSERT(target.missing.empty());
    const FolderPlace folder{.fd = target.parent.get(), .stat = target.parent_stat};
    const auto lock = area_.lock_path(folder, target.name);
    if (!lock) {
        const int code = lock.error().code;
        return failure(code == ENOENT ? EAGAIN : code, lock.error().operation, path_);
    }
    // Whoever had the lock before may have changed what is there.
    os::FileStat stat;
    const int code = os::stat_at(folder.fd, target.name.c_str(), stat);
    if (code != 0 && code != ENOENT) return failure(code, "commit", path_);
    if (code == 0 && stat.type != os::FileType::regular) return failure(EAGAIN, "commit", path_);
    target.current = code == 0 ? std::optional(stat) : std::nullopt;

    const auto current = version_of_current(target);
    if (auto allowed = guard(current); !allowed) return allowed;
    if (const int writable = current ? os::check_writable(folder.fd, target.name.c_str()) : 0; writable != 0) {
        return failure(writable == ENOENT ? EAGAIN : writable, "commit", path_);
    }
    if (auto dressed = dress(target.current); !dressed) return dressed;
    return put_in_place(target, current.has_value());
}

/// Gives the file to whom it belonged: root can, others may at least be able to keep its group.
void UploadState::take_owner(os::Owner wanted) {
    FS_ASSERT(file_.has_value());
    if (wanted == owner_) return;
    int code = os::set_owner(file_->fd(), wanted);
    if (code != 0) code = os::set_owner(file_->fd(), {.uid = owner_.uid, .gid = wanted.gid});
    owner_ = wanted;  // or as near to it as we can come; no use in trying again
    if (code == 0) is_synced_ = false;
}

/// Gives the staged file the owner, mode and time that it will have at its place, unless it has them.
Result<void> UploadState::dress(const std::optional<os::FileStat>& replaced) {
    take_owner(replaced ? os::Owner{.uid = replaced->uid, .gid = replaced->gid} : file_->owner());
    // Without set-id bits, which a write would have cleared too.
    const std::uint32_t mode = replaced ? replaced->mode & 01777 : file_->mode();
    if (mode != mode_) {
        if (const int code = os::set_mode(file_->fd(), mode); code != 0) return failure(code, "fchmod", path_);
        mode_ = mode;
        is_synced_ = false;
    }
    if (version_ && (!replaced || version_->mtime_ns > replaced->mtime_ns)) return {};
    is_synced_ = false;
    return set_mtime_after(replaced ? std::optional(replaced->mtime_ns) : std::nullopt);
}

/// Now, or just after `floor_ns` if that is later: strictly later also where the file system keeps coarser times.
Result<void> UploadState::set_mtime_after(std::optional<std::int64_t> floor_ns) {
    constexpr std::array<std::int64_t, 4> steps_ns{1, 1'000, 1'000'000'000, 2'000'000'000};
    std::int64_t wanted = os::wall_now().time_since_epoch().count();
    for (const std::int64_t step : steps_ns) {
        if (floor_ns) wanted = std::max(wanted, *floor_ns + step);
        if (const int code = os::set_mtime(file_->fd(), wanted); code != 0) return failure(code, "futimens", path_);
        const auto stat = os::stat_fd(file_->fd());
        if (!stat) return failure(stat.error().code, "fstat", path_);
        if (floor_ns && stat->mtime_ns <= *floor_ns) continue;
        version_ = VersionInfo{.mtime_ns = stat->mtime_ns, .size = stat->size, .weak = false};
        if (!mark_commit(file_->fd(), *version_)) store_.commits().add(*stat);
        // Bound to its time and size; a time that is moved on is another version, and gets them anew.
        keep_digests(file_->fd(), *version_, digests_);
        return {};
    }
    return failure(EOVERFLOW, "futimens", path_);  // past the last time that can be stored
}

Result<void> UploadState::put_in_place(const UploadTarget& target, bool replaces) {
    FS_ASSERT(version_ && target.missing.empty());
    const os::NamedPlace from{.folder = file_->place().fd.get(), .name = file_->name().c_str()};
    const os::NamedPlace to{.folder = target.parent.get(), .name = target.name.c_str()};
    const int code = [&] {
        const NamesLock lock(*file_->place().names, area_.names().of(target.parent_stat));
        return replaces ? os::rename_over(from, to) : place_new(from, to);
    }();
    if (code != 0) return failure(is_lost_race(code) ? EAGAIN : code, "commit", path_);
    // From here on the name is the upload: nothing may remove it.
    file_->set_placed();
    return {};
}

/// The version of what is at the name, as the target was last looked at.
std::optional<VersionInfo> UploadState::version_of_current(const UploadTarget& target) const {
    if (!target.current) return std::nullopt;
    VersionInfo version = version_at(target.parent.get(), target.name.c_str(), *target.current, os::wall_now());
    if (version.weak && store_.commits().contains(*target.current)) version.weak = false;
    return version;
}

Result<void> UploadState::sync_contents() {
    if (durability_ == Durability::none || is_synced_) return {};
    const int code = durability_ == Durability::full ? os::sync_file(file_->fd()) : os::sync_data(file_->fd());
    if (code != 0) return failure(code, "sync", path_);
    is_synced_ = true;
    return {};
}

}  // namespace filesrv::store
