// SPDX-License-Identifier: MIT
// Where the server under test listens: `unix:PATH` or `HOST:PORT`.
#pragma once

#include <string>
#include <string_view>

#include <sys/socket.h>

#include "base/error.hpp"
#include "os/fd.hpp"

namespace filesrv::mutate {

/// An address as connect(2) wants it.
struct Endpoint {
    sockaddr_storage address{};
    socklen_t length = 0;
};

/// HOST is an address or `localhost`, which here is 127.0.0.1. EINVAL for anything else.
[[nodiscard]] Result<Endpoint> parse_endpoint(std::string_view text);

/// A non-blocking connection, perhaps not established yet. EAGAIN: the listener's queue is full, connect(2).
[[nodiscard]] Result<os::UniqueFd> connect_to(const Endpoint& endpoint);

}  // namespace filesrv::mutate
