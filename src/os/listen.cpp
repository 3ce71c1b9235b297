// SPDX-License-Identifier: MIT
// TCP listeners: made by us, or looked at because somebody else made them.
#include "os/socket.hpp"

#include <cerrno>

#include <fcntl.h>

#include "base/assert.hpp"
#include "os/sockaddr.hpp"

namespace filesrv::os {
namespace {

Result<void> set_flag(Fd socket, int level, int option, const char* name) {
    const int on = 1;
    if (::setsockopt(socket.number(), level, option, &on, sizeof on) != 0) return failure(errno, name);
    return {};
}

}  // namespace

Result<UniqueFd> listen_tcp(const PeerAddress& address, int backlog) {
    FS_ASSERT(backlog > 0);
    sockaddr_storage storage;
    const socklen_t length = to_sockaddr(address, storage);
    UniqueFd fd = UniqueFd::adopt(::socket(storage.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    if (!fd.is_open()) return failure(errno, "socket", address.text());
    if (auto set = set_flag(fd.get(), SOL_SOCKET, SO_REUSEADDR, "setsockopt SO_REUSEADDR"); !set)
        return std::unexpected(set.error());
    // Without it a v6 wildcard would also take the v4 port, and our own v4 socket had no place beside it.
    if (address.family == AddressFamily::v6)
        if (auto set = set_flag(fd.get(), IPPROTO_IPV6, IPV6_V6ONLY, "setsockopt IPV6_V6ONLY"); !set)
            return std::unexpected(set.error());
    if (::bind(fd.number(), reinterpret_cast<const sockaddr*>(&storage), length) != 0)
        return failure(errno, "bind", address.text());
    // Two sockets may both bind with SO_REUSEADDR while neither listens: the clash can show here only.
    if (::listen(fd.number(), backlog) != 0) return failure(errno, "listen", address.text());
    return fd;
}

Result<PeerAddress> local_address(Fd socket) {
    sockaddr_storage storage{};
    socklen_t length = sizeof storage;
    if (::getsockname(socket.number(), reinterpret_cast<sockaddr*>(&storage), &length) != 0)
        return failure(errno, "getsockname");
    return from_sockaddr(storage);
}

bool is_stream_listener(Fd fd) noexcept {
    int type = 0;
    int listening = 0;
    socklen_t length = sizeof type;
    if (::getsockopt(fd.number(), SOL_SOCKET, SO_TYPE, &type, &length) != 0 || type != SOCK_STREAM)
        return false;
    length = sizeof listening;
    return ::getsockopt(fd.number(), SOL_SOCKET, SO_ACCEPTCONN, &listening, &length) == 0 && listening != 0;
}

Result<void> adopt_flags(Fd fd) {
    const int status = ::fcntl(fd.number(), F_GETFL);
    if (status < 0 || ::fcntl(fd.number(), F_SETFL, status | O_NONBLOCK) != 0)
        return failure(errno, "fcntl F_SETFL");
    const int flags = ::fcntl(fd.number(), F_GETFD);
    if (flags < 0 || ::fcntl(fd.number(), F_SETFD, flags | FD_CLOEXEC) != 0)
        return failure(errno, "fcntl F_SETFD");
    return {};
}

}  // namespace filesrv::os
