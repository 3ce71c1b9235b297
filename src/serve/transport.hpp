// SPDX-License-Identifier: MIT
// Moving a file's bytes to a socket: sendfile(2) where it works, a copy through a buffer where it does not.
#pragma once

#include <cstdint>
#include <span>

#include "os/fd.hpp"
#include "os/socket.hpp"

namespace filesrv::serve {

/// A run of a file's bytes.
struct FileSlice {
    std::uint64_t offset = 0;
    std::uint64_t length = 0;
};

/// Sends as much of the slice as the socket takes now. `scratch` carries the bytes where the file's system knows no
/// sendfile (EINVAL, ENOSYS). ok with 0 bytes: the file is shorter than it was. Does not wait for the socket; may
/// wait for the disk.
[[nodiscard]] os::IoResult send_file(os::Fd socket, os::Fd file, FileSlice slice, std::span<char> scratch) noexcept;

}  // namespace filesrv::serve
