// SPDX-License-Identifier: MIT
// System calls that ask a test first. Each function stands in front of the C library's.
#include "watched_calls.hpp"

#include <poll.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include <cerrno>

#include "base/assert.hpp"
#include "of_library.hpp"

namespace filesrv::test {
namespace {

thread_local CallWatcher* present = nullptr;

}  // namespace

CallWatcher::CallWatcher() {
    FS_ASSERT(present == nullptr);
    present = this;
}

CallWatcher::~CallWatcher() { present = nullptr; }
CallWatcher* CallWatcher::now() noexcept { return present; }

}  // namespace filesrv::test

using namespace filesrv::test;

namespace {

void tell(std::string_view call) {
    if (CallWatcher* const watcher = CallWatcher::now()) watcher->before(call);
}

int tell_stat(int result, struct stat* found) {
    CallWatcher* const watcher = CallWatcher::now();
    if (result == 0 && watcher != nullptr) watcher->after_stat(*found);
    return result;
}

}  // namespace

/// Where a sleep would begin, the clock moves instead.
FS_IN_FRONT int epoll_wait(int epoll, epoll_event* events, int most, int timeout_ms) {
    static auto* const real = of_library<decltype(epoll_wait)>("epoll_wait");
    CallWatcher* const watcher = CallWatcher::now();
    if (watcher == nullptr) return real(epoll, events, most, timeout_ms);
    watcher->before("epoll_wait");
    const int count = watcher->is_blind("epoll_wait") ? 0 : real(epoll, events, most, 0);
    if (count == 0 && timeout_ms != 0) watcher->ahead += std::chrono::milliseconds(timeout_ms > 0 ? timeout_ms : 1);
    return count;
}

FS_IN_FRONT int epoll_pwait2(int epoll, epoll_event* events, int most, const timespec* timeout, const sigset_t* signals) {
    static auto* const real = of_library<decltype(epoll_pwait2)>("epoll_pwait2");
    if (CallWatcher::now() == nullptr) return real(epoll, events, most, timeout, signals);
    errno = ENOSYS;  // then epoll_wait is used
    return -1;
}

FS_IN_FRONT int epoll_ctl(int epoll, int what, int fd, epoll_event* event) noexcept {
    static auto* const real = of_library<decltype(epoll_ctl)>("epoll_ctl");
    tell(what == EPOLL_CTL_DEL ? "epoll_ctl del" : "epoll_ctl");
    return real(epoll, what, fd, event);
}

FS_IN_FRONT int poll(pollfd* entries, nfds_t count, int timeout_ms) {
    static auto* const real = of_library<decltype(poll)>("poll");
    tell("poll");
    if (CallWatcher::now() != nullptr && CallWatcher::now()->is_blind("poll")) return 0;
    return real(entries, count, timeout_ms);
}

FS_IN_FRONT int accept4(int listener, sockaddr* address, socklen_t* length, int flags) {
    static auto* const real = of_library<decltype(accept4)>("accept4");
    tell("accept4");
    return real(listener, address, length, flags);
}

FS_IN_FRONT ssize_t recv(int socket, void* into, std::size_t room, int flags) {
    static auto* const real = of_library<decltype(recv)>("recv");
    tell("recv");
    return real(socket, into, room, flags);
}

FS_IN_FRONT ssize_t sendmsg(int socket, const msghdr* message, int flags) {
    static auto* const real = of_library<decltype(sendmsg)>("sendmsg");
    tell("sendmsg");
    return real(socket, message, flags);
}

FS_IN_FRONT int shutdown(int socket, int how) noexcept {
    static auto* const real = of_library<decltype(shutdown)>("shutdown");
    tell("shutdown");
    return real(socket, how);
}

FS_IN_FRONT int fstat(int fd, struct stat* found) noexcept {
    static auto* const real = of_library<decltype(fstat)>("fstat");
    tell("fstat");
    return tell_stat(real(fd, found), found);
}

FS_IN_FRONT int fstatat(int folder, const char* name, struct stat* found, int flags) noexcept {
    static auto* const real = of_library<decltype(fstatat)>("fstatat");
    tell("fstatat");
    return tell_stat(real(folder, name, found, flags), found);
}

/// Told of as fstatat(2): the same look, at one mount.
FS_IN_FRONT int statx(int folder, const char* name, int flags, unsigned mask, struct statx* found) noexcept {
    static auto* const real = of_library<decltype(statx)>("statx");
    tell("fstatat");
    const int result = real(folder, name, flags, mask, found);
    struct stat told {};
    told.st_mode = found->stx_mode;
    told.st_mtim = {.tv_sec = found->stx_mtime.tv_sec, .tv_nsec = found->stx_mtime.tv_nsec};
    told.st_ctim = {.tv_sec = found->stx_ctime.tv_sec, .tv_nsec = found->stx_ctime.tv_nsec};
    if (tell_stat(result, &told) != 0) return result;
    found->stx_mtime.tv_sec = told.st_mtim.tv_sec;
    found->stx_mtime.tv_nsec = static_cast<unsigned>(told.st_mtim.tv_nsec);
    found->stx_ctime.tv_sec = told.st_ctim.tv_sec;
    found->stx_ctime.tv_nsec = static_cast<unsigned>(told.st_ctim.tv_nsec);
    return result;
}

FS_IN_FRONT ssize_t pread(int fd, void* into, std::size_t count, off_t offset) {
    static auto* const real = of_library<decltype(pread)>("pread");
    tell("pread");
    return real(fd, into, count, offset);
}

FS_IN_FRONT ssize_t preadv2(int fd, const iovec* parts, int count, off_t offset, int flags) {
    static auto* const real = of_library<decltype(preadv2)>("preadv2");
    tell("preadv2");
    return real(fd, parts, count, offset, flags);
}
