// SPDX-License-Identifier: MIT
// MoveWatch by inotify(7).
#include "os/move_watch.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>

#include <linux/magic.h>
#include <sys/inotify.h>
#include <sys/ioctl.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "base/assert.hpp"

namespace filesrv::os {
namespace {

constexpr std::uint32_t what = IN_MOVE_SELF | IN_ONLYDIR | IN_MASK_CREATE;

// overlayfs(5) is not among them: what is done to its layers is not told to those who watch the whole.
constexpr std::array<std::uint32_t, 6> telling_types{EXT4_SUPER_MAGIC, XFS_SUPER_MAGIC, BTRFS_SUPER_MAGIC,
                                                     F2FS_SUPER_MAGIC, TMPFS_MAGIC,     RAMFS_MAGIC};

}  // namespace

bool tells_of_moves(Fd fd) noexcept {
    FS_ASSERT(fd.is_open());
    struct statfs found;
    if (::fstatfs(fd.number(), &found) != 0) return false;
    return std::ranges::find(telling_types, static_cast<std::uint32_t>(found.f_type)) != telling_types.end();
}

Result<MoveWatch> MoveWatch::create() {
    auto fd = UniqueFd::adopt(::inotify_init1(IN_CLOEXEC | IN_NONBLOCK));
    if (!fd.is_open()) return failure(errno, "inotify_init1");
    return MoveWatch(std::move(fd));
}

Result<int> MoveWatch::watch(Fd folder) const {
    FS_ASSERT(fd_.is_open() && folder.is_open());
    // By descriptor: a name could lead elsewhere by now.
    const std::string name = "/proc/self/fd/" + std::to_string(folder.number());
    const int id = ::inotify_add_watch(fd_.number(), name.c_str(), what);
    if (id < 0) return failure(errno, "inotify_add_watch");
    return id;
}

void MoveWatch::forget(int id) const noexcept { (void)::inotify_rm_watch(fd_.number(), id); }

bool MoveWatch::has_news() const noexcept {
    int bytes = 0;
    return ::ioctl(fd_.number(), FIONREAD, &bytes) != 0 || bytes > 0;
}

MoveWatch::News MoveWatch::take_news() const {
    News news;
    alignas(inotify_event) char buffer[4096];
    for (;;) {
        const ssize_t count = ::read(fd_.number(), buffer, sizeof buffer);
        if (count < 0 && errno == EINTR) continue;
        if (count < 0 && errno != EAGAIN) news.lost = true;
        if (count <= 0) return news;
        for (std::size_t at = 0; at < static_cast<std::size_t>(count);) {
            inotify_event event;
            FS_ASSERT(static_cast<std::size_t>(count) - at >= sizeof event);
            std::memcpy(&event, buffer + at, sizeof event);
            at += sizeof event + event.len;
            if ((event.mask & IN_Q_OVERFLOW) != 0) news.lost = true;
            else news.ids.push_back(event.wd);
        }
    }
}

}  // namespace filesrv::os
