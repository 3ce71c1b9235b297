// SPDX-License-Identifier: MIT
// Who is at the other end of a Unix socket, where the kernel keeps it as a socket option: SO_PEERCRED, unix(7).
#include <cerrno>

#include <sys/socket.h>

#include "os/unix_socket.hpp"

namespace filesrv::os {

Result<PeerProcess> peer_process(Fd socket) {
    ucred peer{};
    socklen_t length = sizeof peer;
    if (::getsockopt(socket.number(), SOL_SOCKET, SO_PEERCRED, &peer, &length) != 0) return failure(errno, "getsockopt SO_PEERCRED");
    return PeerProcess{.uid = peer.uid, .process = peer.pid};
}

}  // namespace filesrv::os
