// SPDX-License-Identifier: MIT
// TreeWatch by inotify(7), epoll(7) and /proc/self/mountinfo.
//
// The epoll's list of what is ready is filled within the calls that change something, as the queue of inotify is, and one
// look at it costs less than asking the two of them by poll(2), or inotify alone by ioctl(2).
#include "os/tree_watch.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstddef>
#include <cstring>
#include <new>
#include <span>
#include <string>
#include <string_view>

#include <fcntl.h>
#include <linux/magic.h>
#include <sys/epoll.h>
#include <sys/inotify.h>
#include <sys/utsname.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "base/assert.hpp"
#include "base/numbers.hpp"

namespace filesrv::os {
namespace {

// A folder's own rights; those of what is in it are told too, with a name, and passed over.
constexpr std::uint32_t told_of_folders = IN_MOVE_SELF | IN_ATTRIB | IN_ONLYDIR | IN_MASK_CREATE;

// IN_OPEN comes before a byte can be written or mapped: not each of those is told of, mmap(2), io_submit(2). IN_MODIFY is
// for truncate(2), which opens nothing; IN_ATTRIB also for names that come and go, and for one that is replaced.
constexpr std::uint32_t told_of_files = IN_OPEN | IN_MODIFY | IN_ATTRIB | IN_MOVE_SELF | IN_DELETE_SELF | IN_MASK_CREATE;

// overlayfs(5) is not among them: what is done to its layers is not told to those who watch the whole.
constexpr std::array<std::uint32_t, 5> writer_telling_types{EXT4_SUPER_MAGIC, XFS_SUPER_MAGIC, F2FS_SUPER_MAGIC,
                                                            TMPFS_MAGIC, RAMFS_MAGIC};

enum : std::uint32_t { inotify_came, mounts_came };

std::uint32_t type_of_system(Fd fd) noexcept {
    FS_ASSERT(fd.is_open());
    struct statfs found;
    return ::fstatfs(fd.number(), &found) == 0 ? static_cast<std::uint32_t>(found.f_type) : 0;
}

bool is_writer_telling(std::uint32_t type) noexcept {
    return std::ranges::find(writer_telling_types, type) != writer_telling_types.end();
}

/// Before Linux 6.5 what is opened by way of an overlayfs of which this file system is a layer was not told of.
bool tells_of_layers() noexcept {
    utsname system;
    if (::uname(&system) != 0) return false;
    const std::string_view release(system.release);  // 6.18.2-name
    const auto dot = release.find('.');
    if (dot == std::string_view::npos) return false;
    const std::string_view rest = release.substr(dot + 1);
    const auto major = parse_decimal(release.substr(0, dot));
    const auto minor = parse_decimal(rest.substr(0, rest.find_first_not_of("0123456789")));
    if (!major || !minor) return false;
    return *major > 6 || (*major == 6 && *minor >= 5);
}

std::string link_of(Fd fd) { return "/proc/self/fd/" + std::to_string(fd.number()); }

Result<int> watch(Fd inotify, Fd what, std::uint32_t mask) {
    FS_ASSERT(inotify.is_open() && what.is_open());
    // By descriptor: a name could lead elsewhere by now.
    const int id = ::inotify_add_watch(inotify.number(), link_of(what).c_str(), mask);
    if (id < 0) return failure(errno, "inotify_add_watch");
    return id;
}

Result<void> add_to(Fd epoll, Fd fd, epoll_event event) {
    if (::epoll_ctl(epoll.number(), EPOLL_CTL_ADD, fd.number(), &event) != 0) return failure(errno, "epoll_ctl");
    return {};
}

/// Whether a line begins with that number.
Result<bool> lists_mount(Fd mounts, std::uint64_t mount) {
    std::string line;
    char buffer[4096];
    for (;;) {
        const ssize_t count = ::read(mounts.number(), buffer, sizeof buffer);
        if (count < 0 && errno == EINTR) continue;
        if (count < 0) return failure(errno, "read", "mountinfo");
        if (count == 0) return false;
        for (const char c : std::span(buffer, static_cast<std::size_t>(count))) {
            if (c != '\n') {
                line += c;
                continue;
            }
            if (parse_decimal(std::string_view(line).substr(0, line.find(' '))) == mount) return true;
            line.clear();
        }
    }
}

/// Of what there is no memory to note it is known that something was told.
void note(int id, std::uint32_t what, TreeWatch::News& news) noexcept {
    try {
        (what == IN_OPEN ? news.opened : news.ids).push_back(id);
    } catch (const std::bad_alloc&) {
        news.lost = true;
    }
}

void read_news(Fd inotify, TreeWatch::News& news) noexcept {
    alignas(inotify_event) char buffer[4096];
    for (;;) {
        const ssize_t count = ::read(inotify.number(), buffer, sizeof buffer);
        if (count < 0 && errno == EINTR) continue;
        if (count < 0 && errno != EAGAIN) news.lost = true;
        if (count <= 0) return;
        for (std::size_t at = 0; at < static_cast<std::size_t>(count);) {
            inotify_event event;
            FS_ASSERT(static_cast<std::size_t>(count) - at >= sizeof event);
            std::memcpy(&event, buffer + at, sizeof event);
            at += sizeof event + event.len;
            if ((event.mask & IN_Q_OVERFLOW) != 0) news.lost = true;
            else if (event.len == 0) note(event.wd, event.mask, news);  // else of something in the folder
        }
    }
}

}  // namespace

bool tells_of_moves(Fd fd) noexcept {
    const std::uint32_t type = type_of_system(fd);
    return is_writer_telling(type) || type == BTRFS_SUPER_MAGIC;
}

/// Not btrfs(5): a subvolume can be deleted with all that is in it, of which nothing is told.
bool tells_of_writers(Fd fd) noexcept { return is_writer_telling(type_of_system(fd)) && tells_of_layers(); }

Result<void> prove_unwritten(Fd file) {
    FS_ASSERT(file.is_open());
    // Who opens it for writing while the lease is held waits for its end, and we are sent a signal: one that is ignored
    // unless somebody wants it, instead of SIGIO, which would end the process.
    if (::fcntl(file.number(), F_SETSIG, SIGURG) != 0) return failure(errno, "fcntl", "F_SETSIG");
    if (::fcntl(file.number(), F_SETLEASE, F_RDLCK) != 0) return failure(errno, "fcntl", "F_SETLEASE");
    if (::fcntl(file.number(), F_SETLEASE, F_UNLCK) != 0) return failure(errno, "fcntl", "F_SETLEASE");
    return {};
}

Result<TreeWatch> TreeWatch::create() {
    auto inotify = UniqueFd::adopt(::inotify_init1(IN_CLOEXEC | IN_NONBLOCK));
    if (!inotify.is_open()) return failure(errno, "inotify_init1");
    auto both = UniqueFd::adopt(::epoll_create1(EPOLL_CLOEXEC));
    if (!both.is_open()) return failure(errno, "epoll_create1");
    const auto added = add_to(both.get(), inotify.get(), {.events = EPOLLIN, .data = {.u32 = inotify_came}});
    if (!added) return std::unexpected(added.error());
    return TreeWatch(std::move(inotify), std::move(both));
}

Result<int> TreeWatch::watch_folder(Fd folder) const { return watch(inotify_.get(), folder, told_of_folders); }

Result<int> TreeWatch::watch_file(Fd file) const { return watch(inotify_.get(), file, told_of_files); }

void TreeWatch::forget(int id) const noexcept { (void)::inotify_rm_watch(inotify_.get().number(), id); }

Result<void> TreeWatch::watch_mounts(std::uint64_t own_mount) {
    FS_ASSERT(!mounts_.is_open());
    auto mounts = UniqueFd::adopt(::open("/proc/self/mountinfo", O_RDONLY | O_CLOEXEC));
    if (!mounts.is_open()) return failure(errno, "open", "/proc/self/mountinfo");
    // It can always be read: only what is out of band is news, and each is told once.
    if (auto added = add_to(both_.get(), mounts.get(), {.events = EPOLLPRI, .data = {.u32 = mounts_came}}); !added) return added;
    const auto listed = lists_mount(mounts.get(), own_mount);
    if (!listed) return std::unexpected(listed.error());
    if (!*listed) return failure(ENOENT, "find", "mount");
    mounts_ = std::move(mounts);
    return {};
}

std::optional<TreeWatch::News> TreeWatch::look() const noexcept {
    std::array<epoll_event, 2> ready;
    const int count = ::epoll_wait(both_.get().number(), ready.data(), static_cast<int>(ready.size()), 0);
    if (count == 0) return std::nullopt;
    News news{.ids = {}, .opened = {}, .mounts = false, .lost = count < 0};
    for (const epoll_event& one : std::span(ready).first(static_cast<std::size_t>(std::max(count, 0)))) {
        if (one.data.u32 == mounts_came) news.mounts = true;
    }
    read_news(inotify_.get(), news);
    return news;
}

}  // namespace filesrv::os
