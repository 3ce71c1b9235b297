// SPDX-License-Identifier: MIT
// Where an upload will land: its folder, the folders still to be made, and what is at the name now.
#include "store/upload_target.hpp"

#include <algorithm>
#include <cerrno>
#include <utility>

#include "base/assert.hpp"
#include "os/directory.hpp"
#include "store/path.hpp"
#include "store/walk.hpp"

namespace filesrv::store {
namespace {

/// Whether mkdir(2) of these names is what the path means; ".." behind a folder that is not there is not.
bool can_be_made(const std::vector<std::string>& names) noexcept {
    return std::ranges::none_of(names, [](const std::string& name) {
        return name.empty() || name == "." || name == ".." || is_reserved(name);
    });
}

/// Opens the deepest folder there is on `path`, and lists the rest as missing.
Result<void> find_parent(const Root& root, std::string_view path, UploadTarget& target) {
    target.missing.clear();
    Result<Opened> opened = root.open_beneath(path, Purpose::locate, Patience::may_block);
    while (!opened && opened.error().code == ENOENT && !path.empty()) {
        target.missing.emplace_back(name_of(path));
        path = parent_of(path);
        opened = root.open_beneath(path, Purpose::locate, Patience::may_block);
    }
    if (!opened) return std::unexpected(std::move(opened.error()));
    std::ranges::reverse(target.missing);
    const auto stat = os::stat_fd(opened->fd.get());
    if (!stat) return std::unexpected(stat.error());
    if (stat->type != os::FileType::directory) return failure(ENOTDIR, "upload");
    if (opened->via_symlink) {
        // A link may name our own folders, which its path does not show.
        const auto place = os::descriptor_path(opened->fd.get());
        if (place && is_reserved(*place)) return failure(ENOENT, "upload");
    }
    if (!can_be_made(target.missing)) return failure(ENOENT, "upload");
    FS_ASSERT(opened->fd.is_open());
    target.parent = std::move(opened->fd);
    target.parent_stat = *stat;
    target.parent_path = path;
    return {};
}

/// Looks at the name itself. A link's target is returned, to be looked at next; else nothing.
Result<std::optional<std::string>> look_at_name(const Root& root, UploadTarget& target) {
    FS_ASSERT(target.parent.is_open() && !target.name.empty());
    os::FileStat stat;
    const std::string& first = target.missing.empty() ? target.name : target.missing.front();
    const int code = os::stat_at(target.parent.get(), first.c_str(), stat);
    if (code == ENOENT) return std::nullopt;
    if (code != 0) return failure(code, "upload");
    // A folder said to be missing is there after all: a link that may not be followed, or made this very moment.
    if (!target.missing.empty()) return failure(stat.type == os::FileType::symlink ? ENOENT : EAGAIN, "upload");
    switch (stat.type) {
        case os::FileType::regular: target.current = stat; return std::nullopt;
        case os::FileType::directory: return failure(EISDIR, "upload");
        case os::FileType::other: return failure(ENOENT, "upload");
        case os::FileType::symlink: break;
    }
    if (!root.follows_symlinks()) return failure(ENOENT, "upload");
    // EINVAL: it is a link no more.
    auto link = os::read_link(target.parent.get(), target.name.c_str());
    if (!link) return failure(link.error().code == EINVAL ? EAGAIN : link.error().code, "upload");
    if (link->starts_with('/')) return failure(ENOENT, "upload");
    return std::optional(std::move(*link));
}

Result<UploadTarget> find_once(const Root& root, std::string path, NameLook look) {
    UploadTarget target;
    for (unsigned links = 0; links <= links_max; ++links) {
        target.name = name_of(path);
        if (target.name.empty() || target.name == "." || target.name == "..") return failure(EISDIR, "upload");
        if (is_reserved(path)) return failure(ENOENT, "upload");  // a link may have led to our own names
        const std::string folder(parent_of(path));
        if (auto found = find_parent(root, folder, target); !found) return std::unexpected(found.error());
        if (look == NameLook::later && target.missing.empty()) return target;
        auto link = look_at_name(root, target);
        if (!link) return std::unexpected(std::move(link.error()));
        if (!*link) return target;
        path = join(folder, **link);
        if (path.size() > path_bytes_max) return failure(ENAMETOOLONG, "upload");
    }
    return failure(ENOENT, "upload");
}

}  // namespace

Result<UploadTarget> find_target(const Root& root, std::string_view path, NameLook look) {
    FS_ASSERT(!path.empty());
    auto target = find_once(root, std::string(path), look);
    for (int tries = 1; tries < race_tries_max && !target && target.error().code == EAGAIN; ++tries) {
        target = find_once(root, std::string(path), look);
    }
    if (!target) return failure(target.error().code, target.error().operation, path);
    return target;
}

}  // namespace filesrv::store
