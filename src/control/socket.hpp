// SPDX-License-Identifier: MIT
// Making the control socket: its folder, its rights, and what an earlier daemon left there.
#pragma once

#include <expected>
#include <string>

#include "control/path.hpp"
#include "os/unix_socket.hpp"

namespace filesrv::control {

/// Listens at that place, as the user that serves. The file is 0600; a folder of our own is made, 0700, and one that is
/// somebody else's, a link, or open to others is refused. A file that an ended daemon left is replaced, one on which
/// somebody listens is not, and no two daemons do this at once in one folder. The error is one clause that names the path.
[[nodiscard]] std::expected<os::UnixListener, std::string> make_socket(const SocketPlace& place);

}  // namespace filesrv::control
