// SPDX-License-Identifier: MIT
// Who is at the other end of a Unix socket, where there is a call for it: getpeereid(3).
#include <cerrno>

#include <unistd.h>

#include "os/unix_socket.hpp"

namespace filesrv::os {

Result<PeerProcess> peer_process(Fd socket) {
    uid_t uid = 0;
    gid_t gid = 0;
    if (::getpeereid(socket.number(), &uid, &gid) != 0) return failure(errno, "getpeereid");
    return PeerProcess{.uid = uid, .process = std::nullopt};
}

}  // namespace filesrv::os
