// SPDX-License-Identifier: MIT
// Pacing: by the name of the congestion control.
#include "os/pacing.hpp"

#include <algorithm>
#include <array>
#include <string_view>

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include "base/assert.hpp"

namespace filesrv::os {

bool is_paced(Fd socket) noexcept {
    FS_ASSERT(socket.is_open());
#ifdef TCP_CONGESTION
    std::array<char, 32> name{};  // TCP_CA_NAME_MAX is 16 on Linux and on FreeBSD
    socklen_t length = name.size();
    if (::getsockopt(socket.number(), IPPROTO_TCP, TCP_CONGESTION, name.data(), &length) != 0) return false;
    return std::string_view(name.data(), std::min<std::size_t>(length, name.size())).starts_with("bbr");
#else
    return false;
#endif
}

void stop_pacing(Fd socket) noexcept {
    FS_ASSERT(socket.is_open());
#ifdef TCP_CONGESTION
    // The one that every Linux kernel has, and that needs no privilege.
    constexpr std::string_view plain = "reno";
    (void)::setsockopt(socket.number(), IPPROTO_TCP, TCP_CONGESTION, plain.data(), plain.size());
#endif
}

}  // namespace filesrv::os
