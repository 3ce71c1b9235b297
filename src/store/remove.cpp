// SPDX-License-Identifier: MIT
// Removing a file: decided under the path's lock, like a commit, and as durable.
#include <cerrno>
#include <string>

#include "base/assert.hpp"
#include "os/directory.hpp"
#include "os/stat.hpp"
#include "store/path.hpp"
#include "store/store.hpp"
#include "store/upload_area.hpp"
#include "store/upload_target.hpp"

namespace filesrv::store {

Result<void> Store::remove(std::string_view path, const Guard& guard) {
    if (auto checked = check_path(path); !checked) return checked;
    if (options_.read_only) return failure(EROFS, "remove", path);
    if (path.empty()) return failure(EISDIR, "remove", path);
    if (!is_shown(path)) return failure(ENOENT, "remove", path);
    const auto parent = root_.open_beneath(parent_of(path), Purpose::locate, Patience::may_block);
    if (!parent) return std::unexpected(parent.error());
    const auto parent_stat = os::stat_fd(parent->fd.get());
    if (!parent_stat) return std::unexpected(parent_stat.error());
    if (parent_stat->type != os::FileType::directory) return failure(ENOTDIR, "remove", path);

    const std::string name(name_of(path));
    // The lock lives in the staging folder, which stays only while something is under way.
    const UploadArea::Ticket ticket(*uploads_);
    {
        const auto lock = uploads_->lock_path({.fd = parent->fd.get(), .stat = *parent_stat}, name);
        if (!lock) return failure(lock.error().code, lock.error().operation, path);
        const auto entry = load(path, Patience::may_block);
        if (!entry) return std::unexpected(entry.error());
        if ((*entry)->kind != Kind::file) return failure(EISDIR, "remove", path);
        FS_ASSERT((*entry)->path == path);
        const bool is_refused = guard && guard((*entry)->version) == GuardVerdict::refuse;
        if (is_refused) return failure(guard_refused, "precondition", path);
        const NamesLock names(uploads_->names().of(*parent_stat));
        const int code = os::remove_name(parent->fd.get(), name.c_str());
        if (code != 0) return failure(code, "remove", path);
    }
    if (options_.durability != Durability::full) return {};
    return sync_folder(parent->fd.get(), parent->fd.get());
}

}  // namespace filesrv::store
