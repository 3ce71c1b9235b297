// SPDX-License-Identifier: MIT
// An upload's beginning and its bytes: what is checked before the first one, and room made ahead of the next.
#include "store/upload.hpp"

#include <algorithm>
#include <cerrno>
#include <limits>
#include <utility>

#include "base/assert.hpp"
#include "os/directory.hpp"
#include "os/file.hpp"
#include "os/process.hpp"
#include "store/path.hpp"
#include "store/upload_state.hpp"

namespace filesrv::store {
namespace {

/// A Content-Length alone must not reserve the disk: never more than this ahead of what has come.
constexpr std::uint64_t reserve_ahead_max = 64 << 20;
/// Shorter bodies come in one or two writes; delayed allocation places them as well.
constexpr std::uint64_t reserve_min = 1 << 20;
/// Writeback is started in pieces of this size, so that the final sync finds little to do.
constexpr std::uint64_t writeback_step = 8 << 20;

constexpr std::uint32_t mode_sticky = 01000;

/// Whether the name can be put there by us: the folder takes names, and a file that is there is ours to replace.
int check_rights(const UploadTarget& target) {
    if (const int code = os::check_writable(target.parent.get(), ""); code != 0) return code;
    if (!target.current) return 0;
    if (const int code = os::check_writable(target.parent.get(), target.name.c_str()); code != 0) return code;
    // unlink(2): in a sticky folder only the file's owner, the folder's, and root may replace it.
    const std::uint32_t user = os::effective_uid();
    const bool is_free = (target.parent_stat.mode & mode_sticky) == 0 || user == 0;
    return is_free || target.current->uid == user || target.parent_stat.uid == user ? 0 : EPERM;
}

}  // namespace

bool is_guard_refusal(const Error& error) noexcept { return error.code == guard_refused; }

Upload::Upload(std::unique_ptr<UploadState> state) noexcept : state_(std::move(state)) {
    FS_ASSERT(state_ != nullptr);
}
Upload::Upload(Upload&&) noexcept = default;
Upload& Upload::operator=(Upload&&) noexcept = default;
Upload::~Upload() = default;

Result<void> Upload::write(std::span<const char> bytes) {
    FS_ASSERT(state_ != nullptr);
    return state_->write(bytes);
}

void Upload::hash(std::span<const char> bytes) noexcept {
    FS_ASSERT(state_ != nullptr);
    state_->hash(bytes);
}

Result<Committed> Upload::commit() {
    FS_ASSERT(state_ != nullptr);
    return state_->commit();
}

std::uint64_t Upload::written() const noexcept {
    FS_ASSERT(state_ != nullptr);
    return state_->written();
}

const DigestSet& Upload::digests() noexcept {
    FS_ASSERT(state_ != nullptr);
    return state_->digests();
}

Result<Upload> Store::begin_upload(std::string_view path, UploadRequest request) {
    if (auto checked = check_path(path); !checked) return std::unexpected(std::move(checked.error()));
    if (options_.read_only) return failure(EROFS, "upload", path);
    if (path.empty()) return failure(EISDIR, "upload", path);
    if (!is_shown(path)) return failure(ENOENT, "upload", path);
    auto state = UploadState::begin(*this, *uploads_, path, std::move(request));
    if (!state) return std::unexpected(std::move(state.error()));
    return Upload(std::move(*state));
}

UploadState::UploadState(const Store& store, UploadArea& area, std::string_view path, UploadRequest request)
    : store_(store), area_(area), ticket_(area), path_(path), request_(std::move(request)), durability_(store.options().durability) {
    if (!request_.digests.empty()) hasher_.emplace(request_.digests);
}

Result<std::unique_ptr<UploadState>> UploadState::begin(const Store& store, UploadArea& area, std::string_view path,
                                                        UploadRequest request) {
    constexpr auto length_max = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
    if (request.length.value_or(0) > length_max) return failure(EFBIG, "upload", path);
    std::unique_ptr<UploadState> state(new UploadState(store, area, path, std::move(request)));
    auto target = find_target(store.root(), path, NameLook::now);
    if (!target) return std::unexpected(std::move(target.error()));
    const os::Fd parent = target->parent.get();

    if (auto allowed = state->guard(state->version_of_current(*target)); !allowed) {
        return std::unexpected(std::move(allowed.error()));
    }
    state->replaced_ = target->current;
    if (!state->stage_nameless(*target)) {
        if (const int code = check_rights(*target); code != 0) return failure(code, "upload", path);
        if (auto room = state->check_room(parent); !room) return std::unexpected(std::move(room.error()));
        if (auto staged = state->stage(*target); !staged) return std::unexpected(std::move(staged.error()));
    }
    if (state->request_.is_here) state->target_ = std::move(*target);
    return state;
}

/// For what is all here and replaces nothing: less than a name for it costs, of which nothing can be left behind. What
/// stage() and the checks before it ask, the kernel asks by itself. False, for any reason: then those are to tell it.
bool UploadState::stage_nameless(const UploadTarget& target) {
    FS_ASSERT(target.parent.is_open() && !file_);
    const bool is_fit = request_.is_here && !target.current && target.missing.empty();
    if (!is_fit || !area_.takes(UploadArea::Feature::nameless, target.parent_stat)) return false;
    if (store_.options().min_free > 0 && !check_room(target.parent.get())) return false;
    auto file = StagedFile::create_nameless(target.parent.get(), 0666);
    if (!file) {
        // open(2): EISDIR is what a kernel or a file system says that does not know it.
        const int code = file.error().code;
        const bool is_unknown = code == EOPNOTSUPP || code == EISDIR || code == EINVAL;
        if (is_unknown) area_.note_refusal(UploadArea::Feature::nameless, target.parent_stat);
        return false;
    }
    const FolderPlace folder{.fd = target.parent.get(), .stat = target.parent_stat};
    if (!area_.proves_nameless(*file, folder)) return false;
    area_.pass_by(folder);
    file_.emplace(std::move(*file));
    return true;
}

Result<void> UploadState::stage(const UploadTarget& target) {
    const os::Fd parent = target.parent.get();
    // Never more open to others than what it replaces, not even while it is staged.
    const std::uint32_t mode = target.current ? target.current->mode & 0666 : 0666;
    auto file = area_.stage({.fd = parent, .stat = target.parent_stat}, mode);
    if (!file) return failure(file.error().code, file.error().operation, path_);
    mode_ = file->mode();
    owner_ = file->owner();
    file_.emplace(std::move(*file));
    reserves_ = request_.length.value_or(0) >= reserve_min && os::file_system_of(parent) != os::FileSystem::memory;
    return reserve_ahead(0);
}

const DigestSet& UploadState::digests() noexcept {
    FS_ASSERT(request_.digests.empty() || hashed_ == written_);
    if (hasher_) digests_ = hasher_->finish();
    hasher_.reset();
    return digests_;
}

void UploadState::hash(std::span<const char> bytes) noexcept {
    FS_ASSERT(hasher_.has_value() != request_.digests.empty());
    if (!hasher_) return;
    hasher_->update(bytes);
    hashed_ += bytes.size();
    FS_ASSERT(hashed_ <= written_);
}

Result<void> UploadState::guard(std::optional<VersionInfo> current) const {
    if (!request_.guard || request_.guard(current) == GuardVerdict::allow) return {};
    return failure(guard_refused, "precondition", path_);
}

Result<void> UploadState::check_room(os::Fd folder) const {
    const auto free = os::free_bytes(folder);
    if (!free) return failure(free.error().code, "upload", path_);
    FS_ASSERT(folder.is_open());
    const std::uint64_t reserve = store_.options().min_free;
    const std::uint64_t needed = request_.length ? *request_.length - std::min(written_, *request_.length) : 0;
    if (*free < reserve || *free - reserve < needed) return failure(ENOSPC, "upload", path_);
    return {};
}

Result<void> UploadState::reserve_ahead(std::uint64_t needed) {
    if (!reserves_ || reserved_ == *request_.length) return {};
    // Half of it used up: ask again, so that there are two calls for each 64 MiB and not one for each write.
    if (reserved_ > 0 && needed + reserve_ahead_max / 2 <= reserved_) return {};
    const std::uint64_t wanted = std::min(*request_.length, needed + reserve_ahead_max);
    FS_ASSERT(wanted > reserved_);
    const int code = os::preallocate(file_->fd(), {.offset = reserved_, .length = wanted - reserved_});
    if (code == EOPNOTSUPP || code == ENOSYS) {
        reserves_ = false;
        return {};
    }
    if (code != 0) return failure(code, "reserve", path_);
    reserved_ = wanted;
    FS_ASSERT(reserved_ <= *request_.length);
    return {};
}

Result<void> UploadState::write(std::span<const char> bytes) {
    FS_ASSERT(file_ && !has_ended_);
    FS_ASSERT(!request_.length || bytes.size() <= *request_.length - written_);
    if (auto reserved = reserve_ahead(written_ + bytes.size()); !reserved) return reserved;
    if (auto result = os::write_at(file_->fd(), bytes, written_); !result) {
        return failure(result.error().code, "write", path_);
    }
    written_ += bytes.size();
    FS_ASSERT(written_back_ <= written_);
    if (written_ - written_back_ < writeback_step) return {};
    if (durability_ != Durability::none) {
        os::start_writeback(file_->fd(), {.offset = written_back_, .length = written_ - written_back_});
    }
    written_back_ = written_;
    // Others write too, and a chunked body's length was never known: the room is looked at as it goes.
    return store_.options().min_free > 0 ? check_room(file_->fd()) : Result<void>();
}

}  // namespace filesrv::store
