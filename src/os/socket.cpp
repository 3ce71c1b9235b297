// SPDX-License-Identifier: MIT
// Sockets on their way: accept, transfers, options. Listeners are made in listen.cpp.
#include "os/socket.hpp"

#include <cerrno>

#include <netinet/tcp.h>
#include <sys/uio.h>

#include "base/assert.hpp"
#include "os/sockaddr.hpp"

namespace filesrv::os {
namespace {

int send_flags(More more) noexcept {
    return MSG_DONTWAIT | MSG_NOSIGNAL | (more == More::yes ? MSG_MORE : 0);
}

/// A transfer's return value and errno as one result. EINTR cannot happen: the calls never wait (signal(7)).
IoResult io_result(ssize_t moved) noexcept {
    if (moved < 0) return IoResult{.error = errno};
    return IoResult{.bytes = static_cast<std::size_t>(moved)};
}

}  // namespace

bool IoResult::would_block() const noexcept {
    return error == EAGAIN || error == EWOULDBLOCK;
}

Accepted accept_nonblocking(Fd listener) noexcept {
    FS_ASSERT(listener.is_open());
    Accepted accepted;
    sockaddr_storage storage{};
    socklen_t length = sizeof storage;
    int number = -1;
    do {
        number = ::accept4(listener.number(), reinterpret_cast<sockaddr*>(&storage), &length,
                           SOCK_NONBLOCK | SOCK_CLOEXEC);
    } while (number < 0 && errno == EINTR);
    if (number < 0) {
        accepted.error = errno;
        return accepted;
    }
    accepted.fd = UniqueFd::adopt(number);
    accepted.peer = from_sockaddr(storage);
    return accepted;
}

IoResult receive(Fd socket, std::span<char> buffer) noexcept {
    FS_ASSERT(socket.is_open());
    FS_ASSERT(!buffer.empty());  // an empty read would look like the end of input
    return io_result(::recv(socket.number(), buffer.data(), buffer.size(), MSG_DONTWAIT));
}

IoResult send(Fd socket, std::string_view data, More more) noexcept {
    FS_ASSERT(socket.is_open());
    return io_result(::send(socket.number(), data.data(), data.size(), send_flags(more)));
}

IoResult send_parts(Fd socket, std::span<const std::string_view> parts, More more) noexcept {
    FS_ASSERT(socket.is_open());
    FS_ASSERT(parts.size() <= send_parts_max);
    iovec vectors[send_parts_max];
    std::size_t count = 0;
    for (const std::string_view part : parts)
        vectors[count++] = iovec{.iov_base = const_cast<char*>(part.data()), .iov_len = part.size()};
    msghdr message{};
    message.msg_iov = vectors;
    message.msg_iovlen = count;
    return io_result(::sendmsg(socket.number(), &message, send_flags(more)));
}

void set_no_delay(Fd socket) noexcept {
    const int on = 1;
    // A Unix socket has no such option (EOPNOTSUPP), and needs none.
    (void)::setsockopt(socket.number(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

void bound_unsent(Fd socket, std::size_t bytes) noexcept {
    FS_ASSERT(bytes > 0);  // nothing could ever be sent
#ifdef TCP_NOTSENT_LOWAT
    const auto most = static_cast<unsigned>(bytes);
    (void)::setsockopt(socket.number(), IPPROTO_TCP, TCP_NOTSENT_LOWAT, &most, sizeof most);
#else
    (void)socket;
#endif
}

void shut_down_sending(Fd socket) noexcept {
    FS_ASSERT(socket.is_open());
    (void)::shutdown(socket.number(), SHUT_WR);  // ENOTCONN: the peer was quicker
}

void reset_on_close(Fd socket, bool on) noexcept {
    const linger none{.l_onoff = on ? 1 : 0, .l_linger = 0};
    (void)::setsockopt(socket.number(), SOL_SOCKET, SO_LINGER, &none, sizeof none);  // without it the close says FIN
}

int pending_error(Fd socket) noexcept {
    int error = 0;
    socklen_t length = sizeof error;
    if (::getsockopt(socket.number(), SOL_SOCKET, SO_ERROR, &error, &length) != 0) return errno;
    return error;
}

}  // namespace filesrv::os
