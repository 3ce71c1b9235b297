// SPDX-License-Identifier: MIT
// Filling an entry: a name opened, looked at, and, when it is small, read whole.
#include <algorithm>
#include <array>
#include <cerrno>
#include <span>
#include <utility>

#include "base/assert.hpp"
#include "os/clock.hpp"
#include "os/directory.hpp"
#include "os/file.hpp"
#include "os/open.hpp"
#include "os/stat.hpp"
#include "store/path.hpp"
#include "store/store.hpp"
#include "store/version.hpp"

namespace filesrv::store {
namespace {

/// How often a file that changes while it is read is read again before it is served as it comes.
constexpr int reads_max = 4;

/// Reads what comes; EAGAIN: it would take a disk.
Result<std::size_t> read_some(os::Fd fd, std::span<char> into, std::uint64_t offset, Patience patience) {
    auto count = patience == Patience::cached_only ? os::read_nowait(fd, into, offset) : os::read_at(fd, into, offset);
    if (!count && count.error().code == EOPNOTSUPP) {
        if (os::file_system_of(fd) == os::FileSystem::memory) return os::read_at(fd, into, offset);
        count.error().code = EAGAIN;
    }
    return count;
}

/// Reads `size` bytes into `body`. False: the file has become shorter. EAGAIN: it would take a disk.
Result<bool> read_body(os::Fd fd, std::string& body, std::size_t size, Patience patience) {
    int code = 0;
    body.resize_and_overwrite(size, [&](char* into, std::size_t room) -> std::size_t {
        const auto count = read_some(fd, {into, room}, 0, patience);
        if (!count) code = count.error().code;
        return count ? *count : 0;
    });
    if (code != 0) return failure(code, "read");
    // A part of it: the rest is on disk, or is no more. Who may wait has read to the end.
    if (body.size() < size && patience == Patience::cached_only) return failure(EAGAIN, "read");
    return body.size() == size;
}

/// Whether a link led to a place of ours, which a path cannot tell: /proc/self/fd names where a descriptor really is.
bool is_in_reserved_place(os::Fd fd) {
    const auto place = os::descriptor_path(fd);
    return place && is_reserved(*place);
}

}  // namespace

Result<Opened> Store::open_any(std::string_view path, Patience patience) const {
    auto opened = root_.open_beneath(path, Purpose::read, patience);
    if (opened || opened.error().code != EACCES) return opened;
    // A folder that may be searched but not read is still a folder.
    auto place = root_.open_beneath(path, Purpose::locate, patience);
    if (!place) return std::unexpected(std::move(place.error()));
    const auto stat = os::stat_fd(place->fd.get());
    if (stat && stat->type == os::FileType::regular) return opened;
    return place;
}

Result<std::unique_ptr<Entry>> Store::load(std::string_view path, Patience patience) const {
    if (auto checked = check_path(path); !checked) return std::unexpected(std::move(checked.error()));
    if (!is_shown(path)) return failure(ENOENT, "open", path);
    auto opened = open_any(path, patience);
    if (!opened) return std::unexpected(std::move(opened.error()));
    // The clock before the times, the times before the bytes: whatever changes later is then seen to be later.
    const WallTime now = os::wall_now();
    const auto stat = os::stat_fd(opened->fd.get());
    if (!stat) return std::unexpected(stat.error());
    if (patience == Patience::cached_only && !devices_.is_local(stat->device)) return failure(EAGAIN, "open", path);
    const bool is_file = stat->type == os::FileType::regular;
    if (!is_file && stat->type != os::FileType::directory) return failure(ENOENT, "open", path);
    if (opened->via_symlink && is_in_reserved_place(opened->fd.get())) return failure(ENOENT, "open", path);

    auto entry = std::make_unique<Entry>();
    FS_ASSERT(opened->fd.is_open());
    entry->path = path;
    entry->kind = is_file ? Kind::file : Kind::folder;
    entry->fd = std::move(opened->fd);
    entry->via_symlink = opened->via_symlink;
    entry->stat = *stat;
    if (auto filled = fill_file(*entry, now, patience); !filled) return std::unexpected(std::move(filled.error()));
    if (options_.annotate) options_.annotate(*entry);
    return entry;
}

/// `entry.stat` is what it was when the clock had shown `now`.
Result<void> Store::fill_file(Entry& entry, WallTime now, Patience patience) const {
    FS_ASSERT(entry.fd.is_open());
    const os::Fd fd = entry.fd.get();
    bool is_stable = true;
    for (int reads = 1; entry.kind == Kind::file && entry.stat.size <= options_.body_bytes_max; ++reads) {
        const auto is_whole = read_body(fd, entry.body, entry.stat.size, patience);
        if (!is_whole) return failure(is_whole.error().code, "read", entry.path);
        const auto stat = os::stat_fd(fd);
        if (!stat) return failure(stat.error().code, "fstat", entry.path);
        is_stable = *is_whole && stat->is_same_content(entry.stat);
        entry.stat = *stat;
        if (is_stable) break;
        if (patience == Patience::cached_only) return failure(EAGAIN, "read", entry.path);
        if (reads == reads_max) break;
    }
    entry.version = version_of(fd, entry.stat, now);
    if (entry.version.weak && commits_.contains(entry.stat)) entry.version.weak = false;
    if (const Duration keeps = keeps_for(entry.stat, now); keeps != Duration::max()) {
        entry.keep_until = os::monotonic_now() + keeps;
    }
    entry.in_memory = entry.kind == Kind::file && is_stable && entry.stat.size <= options_.body_bytes_max;
    if (!entry.in_memory) std::string().swap(entry.body);  // an assignment would keep the buffer
    const bool local = patience == Patience::cached_only || devices_.learn(entry.stat.device, fd);
    entry.keepable = local_ && local && !entry.via_symlink;
    entry.cacheable = entry.keepable && is_stable && is_settled(entry.stat, now);
    FS_ASSERT(!entry.in_memory || entry.body.size() == entry.stat.size);
    if (entry.in_memory) entry.fd.reset();  // descriptors are scarcer than memory
    return {};
}

Result<bool> Store::has_body_of(const Entry& entry, os::Fd file) const {
    FS_ASSERT(entry.in_memory && entry.body.size() == entry.stat.size);
    std::array<char, std::size_t{16} << 10> piece;
    for (std::string_view rest = entry.body; !rest.empty();) {
        const auto count = read_some(file, std::span(piece).first(std::min(piece.size(), rest.size())),
                                     entry.body.size() - rest.size(), Patience::cached_only);
        if (!count) return std::unexpected(count.error());
        if (*count == 0 || rest.substr(0, *count) != std::string_view(piece.data(), *count)) return false;
        rest.remove_prefix(*count);
    }
    return true;
}

bool in_page_cache(os::Fd fd, std::uint64_t offset, std::uint64_t length) noexcept {
    constexpr std::uint64_t stride = 64 << 10;
    if (length == 0) return true;
    const std::uint64_t last = offset + length - 1;
    FS_ASSERT(last >= offset);
    for (std::uint64_t at = offset;; at = last - at > stride ? at + stride : last) {
        char probe = 0;
        const auto count = os::read_nowait(fd, {&probe, 1}, at);
        if (!count && count.error().code == EOPNOTSUPP) {
            return os::file_system_of(fd) == os::FileSystem::memory;
        }
        if (!count) return false;
        if (at == last || *count == 0) return true;  // the end of a file that has shrunk needs no disk
    }
}

}  // namespace filesrv::store
