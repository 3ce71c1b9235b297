// SPDX-License-Identifier: MIT
// Between our addresses and the kernel's sockaddr family. Only for src/os.
#pragma once

#include <netinet/in.h>
#include <sys/socket.h>

#include "os/address.hpp"

namespace filesrv::os {

/// Writes a v4 or v6 address in the kernel's form; returns its length. Any other family is a bug.
[[nodiscard]] socklen_t to_sockaddr(const PeerAddress& address, sockaddr_storage& out) noexcept;

/// Reads what the kernel wrote. A Unix socket keeps its family and nothing else.
[[nodiscard]] PeerAddress from_sockaddr(const sockaddr_storage& in) noexcept;

}  // namespace filesrv::os
