// SPDX-License-Identifier: MIT
// Faults for a test build of the daemon: stand-ins for calls on sockets and pollers, and for the end of a descriptor.
#include "stand_in.hpp"

#include <netdb.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

extern "C" {

FS_FAILING(int, accept4, (int fd, sockaddr* peer, socklen_t* length, int flags), (fd, peer, length, flags))
FS_FAILING(ssize_t, recvmsg, (int fd, msghdr* message, int flags), (fd, message, flags))
FS_FAILING(int, connect, (int fd, const sockaddr* to, socklen_t length), (fd, to, length))
FS_FAILING_NOEXCEPT(int, socket, (int domain, int type, int protocol), (domain, type, protocol))
FS_FAILING_NOEXCEPT(int, socketpair, (int domain, int type, int protocol, int* pair), (domain, type, protocol, pair))
FS_FAILING_NOEXCEPT(int, bind, (int fd, const sockaddr* to, socklen_t length), (fd, to, length))
FS_FAILING_NOEXCEPT(int, listen, (int fd, int backlog), (fd, backlog))
FS_FAILING_NOEXCEPT(int, shutdown, (int fd, int how), (fd, how))
FS_FAILING_NOEXCEPT(int, setsockopt, (int fd, int level, int name, const void* value, socklen_t length), (fd, level, name, value, length))
FS_FAILING_NOEXCEPT(int, getsockopt, (int fd, int level, int name, void* value, socklen_t* length), (fd, level, name, value, length))
FS_FAILING_NOEXCEPT(int, getsockname, (int fd, sockaddr* name, socklen_t* length), (fd, name, length))
FS_FAILING(int, poll, (pollfd* fds, nfds_t count, int timeout), (fds, count, timeout))
FS_FAILING_NOEXCEPT(int, epoll_create1, (int flags), (flags))
FS_FAILING(int, epoll_wait, (int epoll, epoll_event* events, int room, int timeout), (epoll, events, room, timeout))
FS_FAILING(int, epoll_pwait2, (int epoll, epoll_event* events, int room, const timespec* timeout, const sigset_t* mask), (epoll, events, room, timeout, mask))
FS_FAILING_NOEXCEPT(int, eventfd, (unsigned count, int flags), (count, flags))
FS_FAILING_NOEXCEPT(int, pipe2, (int* pair, int flags), (pair, flags))

/// A descriptor is gone whatever close(2) says. Here, not with the files: TSan must see that it went, or the next that gets
/// its number in another thread looks like a race.
int close(int fd) {
    FS_SEAM(close);
    FS_NEXT(close);
    const int result = next(fd);
    return filesrv::test::fails(seam) ? -1 : result;
}

int epoll_ctl(int epoll, int operation, int fd, epoll_event* event) noexcept {
    FS_SEAM(epoll_ctl);
    FS_NEXT(epoll_ctl);
    if (filesrv::test::fails(seam)) return -1;
    const int result = next(epoll, operation, fd, event);
    if (result == 0) filesrv::test::remember_interest(epoll, operation, fd, event);
    return result;
}

/// Returns what went wrong, not -1.
int getaddrinfo(const char* host, const char* service, const addrinfo* hints, addrinfo** found) {
    FS_SEAM(getaddrinfo);
    FS_NEXT(getaddrinfo);
    return filesrv::test::fails(seam) ? EAI_SYSTEM : next(host, service, hints, found);
}

ssize_t recv(int fd, void* into, size_t room, int flags) { FS_TRANSFER(recv, fd, room, (fd, into, length, flags)); }
ssize_t send(int fd, const void* bytes, size_t count, int flags) { FS_TRANSFER(send, fd, count, (fd, bytes, length, flags)); }
ssize_t sendto(int fd, const void* bytes, size_t count, int flags, const sockaddr* to, socklen_t to_length) {
    FS_TRANSFER(sendto, fd, count, (fd, bytes, length, flags, to, to_length));
}
ssize_t sendfile(int out, int in, off_t* offset, size_t count) noexcept { FS_TRANSFER(sendfile, out, count, (out, in, offset, length)); }

/// Of several parts only the first is moved, by half.
ssize_t sendmsg(int fd, const msghdr* message, int flags) {
    const size_t count = message->msg_iovlen == 0 ? 0 : message->msg_iov[0].iov_len;
    iovec part{};
    msghdr cut = *message;
    FS_SEAM(sendmsg);
    FS_NEXT(sendmsg);
    return filesrv::test::transfer(seam, fd, count, [&](std::size_t length) -> ssize_t {
        if (length == count) return next(fd, message, flags);
        part = {.iov_base = message->msg_iov[0].iov_base, .iov_len = length};
        cut.msg_iov = &part;
        cut.msg_iovlen = 1;
        return next(fd, &cut, flags);
    });
}

}  // extern "C"
