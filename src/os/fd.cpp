// SPDX-License-Identifier: MIT
// File descriptors: closing them, once.
#include "os/fd.hpp"

#include <unistd.h>

#include <cerrno>

#include "base/assert.hpp"

namespace filesrv::os {

void UniqueFd::reset() noexcept {
    if (!fd_.is_open()) return;
    const int result = ::close(fd_.number());
    FS_ASSERT(result == 0 || errno != EBADF);  // a second owner, or none: a bug
    fd_ = Fd();
}

Result<void> UniqueFd::close() noexcept {
    FS_ASSERT(fd_.is_open());
    // close(2): the descriptor is gone even when an error is told; EINTR is no loss of data on Linux.
    const int result = ::close(std::exchange(fd_, Fd()).number());
    if (result != 0 && errno != EINTR) return failure(errno, "close");
    return {};
}

}  // namespace filesrv::os
