// SPDX-License-Identifier: MIT
// Messages to a Unix datagram socket.
#include "os/datagram.hpp"

#include <cerrno>
#include <cstddef>
#include <cstring>

#include <sys/socket.h>
#include <sys/un.h>

#include "base/assert.hpp"

namespace filesrv::os {

Result<UniqueFd> open_unix_datagram() noexcept {
    UniqueFd fd = UniqueFd::adopt(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    if (!fd.is_open()) return failure(errno, "socket");
    return fd;
}

Result<UniqueFd> connect_unix_datagram(const std::string& path) noexcept {
    auto socket = open_unix_datagram();
    if (!socket) return socket;
    sockaddr_un name{};
    if (path.empty() || path.size() >= sizeof name.sun_path) return failure(ENAMETOOLONG, "connect", path);
    name.sun_family = AF_UNIX;
    std::memcpy(name.sun_path, path.data(), path.size());
    if (::connect(socket->get().number(), reinterpret_cast<const sockaddr*>(&name), sizeof name) != 0) return failure(errno, "connect", path);
    return socket;
}

Result<void> send_connected(Fd socket, std::string_view message) noexcept {
    FS_ASSERT(socket.is_open());
    if (::send(socket.number(), message.data(), message.size(), MSG_NOSIGNAL | MSG_DONTWAIT) < 0) return failure(errno, "send");
    return {};
}

Result<void> send_datagram(Fd socket, const std::string& address, std::string_view message) noexcept {
    FS_ASSERT(socket.is_open());
    sockaddr_un name{};
    if (address.empty() || address.size() >= sizeof name.sun_path)
        return failure(ENAMETOOLONG, "sendto", address);
    name.sun_family = AF_UNIX;
    std::memcpy(name.sun_path, address.data(), address.size());
    const bool abstract = address.front() == '@';
    if (abstract) name.sun_path[0] = '\0';  // and then every byte counts: no NUL at the end
    const auto length =
        static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + address.size() + (abstract ? 0 : 1));
    const ssize_t sent =
        ::sendto(socket.number(), message.data(), message.size(), MSG_NOSIGNAL | MSG_DONTWAIT,
                 reinterpret_cast<const sockaddr*>(&name), length);
    if (sent < 0) return failure(errno, "sendto", address);
    return {};
}

}  // namespace filesrv::os
