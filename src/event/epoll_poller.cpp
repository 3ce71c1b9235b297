// SPDX-License-Identifier: MIT
// The Linux backend: epoll_ctl(2), epoll_pwait2(2), epoll_wait(2).
#include "event/epoll_poller.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <climits>
#include <ctime>
#include <string>

#include <sys/epoll.h>

#include "base/assert.hpp"
#include "event/wait_failure.hpp"

namespace filesrv::event {
namespace {

constexpr std::size_t batch_max = 256;

std::uint32_t mask_of(Interest interest) noexcept {
    switch (interest) {
    case Interest::level_read: return EPOLLIN | EPOLLRDHUP;
    case Interest::level_read_exclusive: return EPOLLIN | EPOLLEXCLUSIVE;  // takes no EPOLLRDHUP beside it
    case Interest::edge_both: return EPOLLET | EPOLLIN | EPOLLOUT | EPOLLRDHUP;
    }
    FS_ASSERT(false);
}

Readiness readiness_of(std::uint32_t mask) noexcept {
    // EPOLLHUP comes alone for a pipe whose writers are gone, and EPOLLERR may: the next call must be invited.
    const bool error = (mask & EPOLLERR) != 0;
    const bool hang_up = (mask & EPOLLHUP) != 0;
    return {
        .readable = error || hang_up || (mask & (EPOLLIN | EPOLLRDHUP)) != 0,
        .writable = error || (mask & EPOLLOUT) != 0,
        .peer_closed = hang_up || (mask & EPOLLRDHUP) != 0,
        .error = error,
    };
}

int whole_milliseconds(Duration timeout) noexcept {
    const auto rounded = std::chrono::ceil<std::chrono::milliseconds>(timeout).count();
    return static_cast<int>(std::min<std::int64_t>(rounded, INT_MAX));
}

timespec timespec_of(Duration timeout) noexcept {
    const auto seconds = std::chrono::floor<std::chrono::seconds>(timeout);
    return {.tv_sec = seconds.count(), .tv_nsec = (timeout - seconds).count()};
}

/// The wait itself. A sleep is measured in nanoseconds where the kernel can (5.11); a sandbox may forbid the call, too.
int wait_for(int epoll, std::span<epoll_event> raw, std::optional<Duration> timeout, bool& nanoseconds) noexcept {
    const int room = static_cast<int>(raw.size());
    if (!timeout) return ::epoll_wait(epoll, raw.data(), room, -1);
    if (*timeout <= Duration::zero()) return ::epoll_wait(epoll, raw.data(), room, 0);
    if (nanoseconds) {
        const timespec sleep = timespec_of(*timeout);
        const int count = ::epoll_pwait2(epoll, raw.data(), room, &sleep, nullptr);
        if (count >= 0 || (errno != ENOSYS && errno != EPERM)) return count;
        nanoseconds = false;
    }
    return ::epoll_wait(epoll, raw.data(), room, whole_milliseconds(*timeout));
}

}  // namespace

Result<EpollPoller> EpollPoller::create() noexcept {
    auto epoll = os::UniqueFd::adopt(::epoll_create1(EPOLL_CLOEXEC));
    if (!epoll.is_open()) return failure(errno, "epoll_create1");
    return EpollPoller(std::move(epoll));
}

Result<void> EpollPoller::add(os::Fd fd, Interest interest, Watch& watch) noexcept {
    FS_ASSERT(fd.is_open());
    epoll_event event{.events = mask_of(interest), .data = {.ptr = &watch}};
    if (::epoll_ctl(epoll_.number(), EPOLL_CTL_ADD, fd.number(), &event) == 0) return {};
    return failure(errno, "epoll_ctl add", "descriptor " + std::to_string(fd.number()));
}

Result<void> EpollPoller::remove(os::Fd fd) noexcept {
    FS_ASSERT(fd.is_open());
    if (::epoll_ctl(epoll_.number(), EPOLL_CTL_DEL, fd.number(), nullptr) == 0) return {};
    return failure(errno, "epoll_ctl remove", "descriptor " + std::to_string(fd.number()));
}

void EpollPoller::set_quiet(os::Fd fd, Watch& watch, bool quiet) noexcept {
    FS_ASSERT(fd.is_open());
    // Whatever is ready when the mask is set tells of itself anew, epoll_ctl(2); errors and hang-ups always do.
    const std::uint32_t mask = quiet ? std::uint32_t{EPOLLET} : mask_of(Interest::edge_both);
    epoll_event event{.events = mask, .data = {.ptr = &watch}};
    const int result = ::epoll_ctl(epoll_.number(), EPOLL_CTL_MOD, fd.number(), &event);
    FS_ASSERT(result == 0);  // it was added, and takes no memory
}

std::span<Event> EpollPoller::wait(std::optional<Duration> timeout, std::span<Event> out) noexcept {
    FS_ASSERT(!out.empty());
    std::array<epoll_event, batch_max> raw;
    const std::span room(raw.data(), std::min(raw.size(), out.size()));
    const int count = wait_for(epoll_.number(), room, timeout, nanoseconds_);
    if (count < 0) {
        if (errno == EINTR) return {};
        wait_failed("epoll_wait");
    }
    for (std::size_t i = 0; i < static_cast<std::size_t>(count); ++i) {
        out[i] = Event{.watch = static_cast<Watch*>(raw[i].data.ptr), .ready = readiness_of(raw[i].events)};
    }
    return out.first(static_cast<std::size_t>(count));
}

}  // namespace filesrv::event
