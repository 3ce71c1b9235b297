// SPDX-License-Identifier: MIT
// The confined root: opens names beneath one folder and never anything else, whatever links and renames do.
#include "store/root.hpp"

#include <cerrno>
#include <utility>

#include "base/assert.hpp"
#include "os/directory.hpp"
#include "os/open.hpp"
#include "os/open_hook.hpp"
#include "os/stat.hpp"
#include "store/walk.hpp"

namespace filesrv::store {
namespace {

/// openat2(2) gives up with EAGAIN when any rename on the machine raced with a ".."; it says to try again.
constexpr int race_retries_max = 256;

Result<Opened> open_by_kernel(os::Fd root, const char* path, os::BeneathHow how, bool may_follow) {
    // First without links: one call where there are none, and it tells those that came by one from the others.
    auto direct = os::open_beneath(root, path, how);
    if (direct) return Opened{.fd = std::move(*direct), .via_symlink = false};
    if (direct.error().code != ELOOP || !may_follow) return std::unexpected(std::move(direct.error()));
    how.follow_symlinks = true;
    auto followed = os::open_beneath(root, path, how);
    if (!followed) return std::unexpected(std::move(followed.error()));
    return Opened{.fd = std::move(*followed), .via_symlink = true};
}

}  // namespace

Root::Root(os::UniqueFd fd, RootOptions options) noexcept : fd_(std::move(fd)), options_(options) {
    // A probe, because a seccomp filter answers for a system call that the kernel has.
    const os::BeneathHow plain{.follow_symlinks = options_.follow_symlinks};
    if (!os::open_beneath(fd_.get(), ".", plain)) options_.component_walk = true;
    if (options_.component_walk) return;
    const auto cached = os::open_beneath(fd_.get(), ".", {.cached = true});
    cached_open_ = cached.has_value() || cached.error().code == EAGAIN;
}

Result<Root> Root::open(std::string_view dir, RootOptions options) {
    auto fd = os::open_path(std::string(dir).c_str(), os::OpenMode::any_folder);
    if (!fd) return failure(fd.error().code, "open root", dir);
    // "." in it can be looked up only by those who may search it.
    if (auto inside = os::open_at(fd->get(), ".", os::OpenMode::locate); !inside) {
        return failure(inside.error().code, "open root", dir);
    }
    return Root(std::move(*fd), options);
}

Result<Opened> Root::try_open(const std::string& path, Purpose purpose, Patience patience) const {
    const bool cached = patience == Patience::cached_only;
    const os::BeneathHow how{.read = purpose == Purpose::read, .cached = cached};
    const int tries_max = cached ? 1 : race_retries_max;
    Result<Opened> opened = failure(EAGAIN, "openat2");
    for (int tries = 0; tries < tries_max && !opened && opened.error().code == EAGAIN; ++tries) {
        opened = options_.component_walk ? open_by_walk(fd_.get(), path, purpose, options_.follow_symlinks)
                                         : open_by_kernel(fd_.get(), path.c_str(), how, options_.follow_symlinks);
    }
    return opened;
}

/// O_NONBLOCK, which keeps us from waiting for a FIFO's writer, also refuses to wait for a lease, fcntl(2), that a file
/// server of another kind may hold. What is known to be a regular file may be waited for.
Result<Opened> Root::open_leased(const std::string& path) const {
    auto located = try_open(path, Purpose::locate, Patience::may_block);
    if (!located) return located;
    const auto stat = os::stat_fd(located->fd.get());
    if (!stat || stat->type != os::FileType::regular) return failure(EAGAIN, "openat2");
    auto opened = os::reopen_waiting(located->fd.get());
    if (!opened) return std::unexpected(std::move(opened.error()));
    return Opened{.fd = std::move(*opened), .via_symlink = located->via_symlink};
}

Result<Opened> Root::open_beneath(std::string_view path, Purpose purpose, Patience patience) const {
    FS_ASSERT(!path.starts_with('/'));
    const bool cached = patience == Patience::cached_only;
    if (cached && !cached_open_) return failure(EAGAIN, "openat2", path);
    if (os::open_hook != nullptr) {
        const int code = os::open_hook({.path = path, .cached = cached, .worker = !cached});
        if (code != 0) return failure(code, "openat2", path);
    }
    const std::string name(path.empty() ? std::string_view(".") : path);
    auto opened = try_open(name, purpose, patience);
    if (!opened && opened.error().code == EAGAIN && !cached && purpose == Purpose::read) opened = open_leased(name);
    FS_ASSERT(!opened || opened->fd.is_open());
    if (opened) return opened;
    const int code = opened.error().code;
    // Where a link that is not followed leads is nobody's business: for all that one can see, nothing is there.
    // ENXIO and ENODEV are what sockets and devices without a driver say: neither is served.
    const bool is_absent = code == EXDEV || code == ELOOP || code == ENXIO || code == ENODEV;
    return failure(is_absent ? ENOENT : code, opened.error().operation, path);
}

}  // namespace filesrv::store
