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

/// Sends one message to `address`: a path, or `@name` in the abstract namespace. Never waits.
/// ENAMETOOLONG for an address that fits no sockaddr; ENOENT, ECONNREFUSED, EAGAIN as the system says.
[[nodiscard]] Result<void> send_datagram(Fd socket, const std::string& address,
                                         std::string_view message) noexcept;

}  // namespace filesrv::os
