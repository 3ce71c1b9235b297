// SPDX-License-Identifier: MIT
// Messages to a Unix datagram socket that somebody else owns, unix(7).
#pragma once

#include <string>
#include <string_view>

#include "base/error.hpp"
#include "os/fd.hpp"

namespace filesrv::os {

/// An unbound datagram socket to send from.
[[nodiscard]] Result<UniqueFd> open_unix_datagram() noexcept;

/// One that is connected to the socket at `path`: each write is a message. ENOENT, ECONNREFUSED, EACCES.
[[nodiscard]] Result<UniqueFd> connect_unix_datagram(const std::string& path) noexcept;

/// Sends one message on a connected socket. Never waits: EAGAIN when the receiver is behind, EMSGSIZE for too long a one.
[[nodiscard]] Result<void> send_connected(Fd socket, std::string_view message) noexcept;

/// Sends one message to `address`: a path, or `@name` in the abstract namespace. Never waits.
/// ENAMETOOLONG for an address that fits no sockaddr; ENOENT, ECONNREFUSED, EAGAIN as the system says.
[[nodiscard]] Result<void> send_datagram(Fd socket, const std::string& address,
                                         std::string_view message) noexcept;

}  // namespace filesrv::os
