// SPDX-License-Identifier: MIT
// Who listens on a TCP port of this machine, as proc(5) tells it. Nothing where there is no such file system.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "os/address.hpp"

namespace filesrv::ctl {

struct PortListener {
    os::PeerAddress address;
    std::uint64_t inode = 0;  ///< of its socket
};

/// The listening sockets of /proc/net/tcp, or of /proc/net/tcp6, by `family`. Lines that make no sense are left out. Pure.
[[nodiscard]] std::vector<PortListener> parse_listeners(std::string_view table, os::AddressFamily family);

/// Whether a socket at `held` keeps another from listening at `wanted`: one port, and one address or any address. Pure.
[[nodiscard]] bool is_in_the_way(const os::PeerAddress& held, const os::PeerAddress& wanted) noexcept;

/// Of `127.0.0.1:80` or `[::1]:80`; nothing for names and paths. Pure.
[[nodiscard]] std::optional<os::PeerAddress> parse_listen_address(std::string_view text);

/// Who has the address: `nginx (process 12)`, or `somebody` whose descriptors are not ours to see. Nothing: it is free.
[[nodiscard]] std::optional<std::string> holder_of(const os::PeerAddress& wanted);

}  // namespace filesrv::ctl
