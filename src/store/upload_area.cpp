// SPDX-License-Identifier: MIT
// What the uploads of a store share: the staging folder, the locks of paths, the mutexes of folders.
//
// Any process may find the staging folder empty and remove it while another is about to use it. Nobody is asked:
// whoever meets ENOENT in it makes a new one and tries again.
#include "store/upload_area.hpp"

#include <cerrno>
#include <string>
#include <utility>

#include "base/assert.hpp"
#include "os/append_file.hpp"
#include "os/directory.hpp"
#include "os/open.hpp"
#include "store/path.hpp"

namespace filesrv::store {
namespace {

constexpr std::string_view staged_prefix = "upload-";
constexpr std::uint32_t mode_set_group = 02000;

const std::string staging_folder_name(staging_name);

/// Errors that say: not here; as against those that say: not now. A root's file system that is full says nothing about
/// a target on another, so room is no condition either.
bool is_refusal(int code) noexcept {
    return code == EACCES || code == EPERM || code == EROFS || code == ENOTDIR || code == ELOOP || code == EEXIST ||
           code == ENOSPC || code == EDQUOT;
}

/// Whether a folder hands its group or an access list down, inode(7) and acl(5).
bool hands_down(const FolderPlace& folder) noexcept {
    return (folder.stat.mode & mode_set_group) != 0 || os::has_default_acl(folder.fd);
}

}  // namespace

bool makes_alike(const StagingPlace& place, const FolderPlace& target) {
    FS_ASSERT(place.fd.is_open() && target.fd.is_open());
    const auto stat = os::stat_fd(place.fd.get());
    if (!stat) return false;
    if (stat->is_same_file(target.stat)) return true;
    return !hands_down(target) && !hands_down({.fd = place.fd.get(), .stat = *stat});
}

UploadArea::Ticket::Ticket(UploadArea& area) : area_(area) { area_.enter(); }

UploadArea::Ticket::~Ticket() { area_.leave(); }

void UploadArea::enter() {
    const MutexLock lock(mutex_);
    ++under_way_;
    FS_ASSERT(under_way_ > 0);
}

void UploadArea::leave() {
    const MutexLock lock(mutex_);
    FS_ASSERT(under_way_ > 0);
    --under_way_;
}

Result<UploadArea::Place> UploadArea::staging_folder(const Place& dead) {
    const MutexLock lock(mutex_);
    FS_ASSERT(under_way_ > 0);
    if (staging_ != nullptr && staging_ != dead) return staging_;
    auto made = make_staging_folder();
    staging_ = made ? *made : nullptr;
    return made;
}

Result<UploadArea::Place> UploadArea::make_staging_folder() {
    // Seen by its owner alone: what is in it is nobody's business until it is whole.
    const char* name = staging_folder_name.c_str();
    int code = ENOENT;
    for (int tries = 0; tries < race_tries_max && code == ENOENT; ++tries) {
        const int made = os::make_folder(root_.fd(), name, 0700);
        if (made != 0 && made != EEXIST) return failure(made, "staging folder", staging_name);
        auto place = open_staging_folder();
        if (place) return place;
        code = place.error().code;
        if (made == 0) (void)os::remove_folder(root_.fd(), name);  // made for nothing
    }
    return failure(code, "staging folder", staging_name);
}

Result<UploadArea::Place> UploadArea::open_staging_folder() {
    auto fd = os::open_at(root_.fd(), staging_folder_name.c_str(), os::OpenMode::folder);
    if (!fd) return std::unexpected(std::move(fd.error()));
    if (const int code = os::check_writable(fd->get(), ""); code != 0) return failure(code, "staging folder");
    const auto stat = os::stat_fd(fd->get());
    if (!stat) return std::unexpected(stat.error());
    auto place = std::make_shared<StagingPlace>();
    place->names = &names_.of(*stat);
    place->mount = os::mount_id(fd->get());
    place->hands_down = hands_down({.fd = fd->get(), .stat = *stat});
    place->fd = std::move(*fd);
    return place;
}

/// Makes something that can be renamed into `target` where that is possible: in the staging folder, else beside.
template <class Make>
auto UploadArea::make_in_place(const FolderPlace& target, Make make) -> decltype(make(Place(), std::string_view())) {
    FS_ASSERT(target.fd.is_open());
    Place dead;
    for (int tries = 0; tries < race_tries_max; ++tries) {
        auto place = staging_folder(dead);
        if (!place && is_refusal(place.error().code)) break;
        if (!place) return std::unexpected(std::move(place.error()));
        if (!(*place)->mount || (*place)->mount != os::mount_id(target.fd)) break;
        // Only to what is made in it; and the staging folder may have got the same from the root. Last, for it takes longest.
        if ((*place)->hands_down || hands_down(target)) break;
        auto made = make(*place, staged_prefix);
        if (made) return made;
        if (is_refusal(made.error().code)) break;
        if (made.error().code != ENOENT) return made;
        dead = *place;
    }
    auto beside = place_beside(target);
    if (!beside) return std::unexpected(std::move(beside.error()));
    return make(std::move(*beside), beside_prefix);
}

Result<StagedFile> UploadArea::stage(const FolderPlace& target, std::uint32_t mode) {
    return make_in_place(target, [mode](Place place, std::string_view prefix) {
        return StagedFile::create(std::move(place), prefix, mode);
    });
}

Result<void> UploadArea::give_name(StagedFile& file, const FolderPlace& target) {
    return make_in_place(target, [&file](Place place, std::string_view prefix) {
        return file.give_name(std::move(place), prefix);
    });
}

bool UploadArea::proves_nameless(StagedFile& file, const FolderPlace& folder) {
    FS_ASSERT(file.is_nameless());
    constexpr std::size_t remembered_max = 64;
    {
        const MutexLock lock(mutex_);
        if (with_nameless_.contains(folder.stat.device)) return true;
    }
    if (!give_name(file, folder)) {
        note_refusal(Feature::nameless, folder.stat);
        return false;
    }
    const MutexLock lock(mutex_);
    if (with_nameless_.size() >= remembered_max) with_nameless_.clear();
    with_nameless_.insert(folder.stat.device);
    return false;
}

Result<UploadArea::Place> UploadArea::place_beside(const FolderPlace& target) {
    FS_ASSERT(target.stat.type == os::FileType::directory);
    auto fd = os::duplicate(target.fd);
    if (!fd) return std::unexpected(std::move(fd.error()));
    // Best effort: a drop box may be written but not read.
    if (is_first_visit(target.stat, /*is_passing=*/false)) (void)sweep_folder(fd->get(), beside_prefix);
    auto place = std::make_shared<StagingPlace>();
    place->names = &names_.of(target.stat);
    place->fd = std::move(*fd);
    return place;
}

void UploadArea::pass_by(const FolderPlace& target) {
    if (is_first_visit(target.stat, /*is_passing=*/true)) {
        sweep_in_passing(target);
        in_memory_.learn(target.stat, target.fd);
    }
    in_memory_.add(target.stat);
}

void UploadArea::sweep_in_passing(const FolderPlace& target) {
    FS_ASSERT(target.fd.is_open());
    // As make_in_place() would find it, but without making the staging folder: one sweep too many does no harm.
    const auto root = os::stat_fd(root_.fd());
    const bool is_beside = !root || os::mount_id(root_.fd()) != os::mount_id(target.fd) || hands_down(target) ||
                           hands_down({.fd = root_.fd(), .stat = *root}) || os::check_writable(root_.fd(), "") != 0;
    if (is_beside && is_first_visit(target.stat, /*is_passing=*/false)) (void)sweep_folder(target.fd, beside_prefix);
}

bool UploadArea::is_first_visit(const os::FileStat& folder, bool is_passing) {
    // Once in the life of a process: what it stages itself it also removes itself.
    constexpr std::size_t remembered_max = 4096;
    const std::uint64_t mark = is_passing ? std::uint64_t{1} << 63 : 0;
    const MutexLock lock(mutex_);
    if (swept_.size() >= remembered_max) swept_.clear();
    return swept_.insert(folder.inode ^ (folder.device << 32) ^ mark).second;
}

bool UploadArea::takes(Feature feature, const os::FileStat& folder) {
    const MutexLock lock(mutex_);
    return !without_.at(static_cast<std::size_t>(feature)).contains(folder.device);
}

void UploadArea::note_refusal(Feature feature, const os::FileStat& folder) {
    FS_ASSERT(folder.type == os::FileType::directory);
    constexpr std::size_t remembered_max = 64;
    if (feature == Feature::nameless) in_memory_.drop(folder);
    const MutexLock lock(mutex_);
    auto& devices = without_.at(static_cast<std::size_t>(feature));
    if (devices.size() >= remembered_max) devices.clear();
    devices.insert(folder.device);
}

Result<PathLocks::Held> UploadArea::lock_path(const FolderPlace& folder, std::string_view name) {
    FS_ASSERT(!name.empty() && folder.stat.type == os::FileType::directory);
    const std::size_t slot = PathLocks::slot_of(folder.stat.inode, name);
    Place dead;
    for (int tries = 0; tries < race_tries_max; ++tries) {
        auto place = staging_folder(dead);
        if (!place && is_refusal(place.error().code)) break;
        if (!place) return std::unexpected(std::move(place.error()));
        auto held = locks_.acquire(slot, (*place)->fd.get());
        if (held) return held;
        if (is_refusal(held.error().code)) break;
        if (held.error().code != ENOENT) return held;
        dead = *place;
    }
    return locks_.acquire_beside(slot, folder.fd);
}

Result<void> UploadArea::sweep() {
    auto folder = os::open_at(root_.fd(), staging_folder_name.c_str(), os::OpenMode::folder);
    // Not there, or another user's: nothing in it is ours to remove.
    if (!folder && (folder.error().code == ENOENT || is_refusal(folder.error().code))) return {};
    if (!folder) return failure(folder.error().code, "sweep", staging_name);
    for (const std::string_view prefix : {staged_prefix, lock_prefix}) {
        if (auto swept = sweep_folder(folder->get(), prefix); !swept) return swept;
    }
    (void)os::remove_folder(root_.fd(), staging_folder_name.c_str());  // when it is empty now
    return {};
}

void UploadArea::tidy() noexcept {
    const MutexLock lock(mutex_);
    if (under_way_ > 0 || staging_ == nullptr) return;
    // Nobody holds a lock: locks are held only by uploads under way, and a new one would wait for the mutex above.
    locks_.release_files(staging_->fd.get());
    // ENOTEMPTY: another process has uploads under way.
    (void)os::remove_folder(root_.fd(), staging_folder_name.c_str());
    staging_ = nullptr;
}

}  // namespace filesrv::store
