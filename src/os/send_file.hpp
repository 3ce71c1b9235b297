// SPDX-License-Identifier: MIT
// From a file to a socket, sendfile(2).
#pragma once

#include <cstddef>
#include <cstdint>

#include "os/fd.hpp"
#include "os/socket.hpp"

namespace filesrv::os {

/// Sends up to `length` bytes from `offset` on, as many as the socket takes without waiting. May wait for the disk.
/// Raises SIGPIPE for a peer that is gone, having no flag against it: the process ignores that signal. ENOSYS where the
/// system has no such call. 0 bytes without an error: the file ends before `offset`.
[[nodiscard]] IoResult send_file(Fd socket, Fd file, std::uint64_t offset, std::size_t length) noexcept;

}  // namespace filesrv::os
