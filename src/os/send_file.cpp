// SPDX-License-Identifier: MIT
// From a file to a socket, sendfile(2).
#include "os/send_file.hpp"

#include <cerrno>

#if defined(__linux__)
#include <sys/sendfile.h>
#endif

namespace filesrv::os {

IoResult send_file([[maybe_unused]] Fd socket, [[maybe_unused]] Fd file, [[maybe_unused]] std::uint64_t offset,
                   [[maybe_unused]] std::size_t length) noexcept {
#if defined(__linux__)
    auto position = static_cast<off_t>(offset);
    ssize_t sent = 0;
    do { sent = ::sendfile(socket.number(), file.number(), &position, length); } while (sent < 0 && errno == EINTR);
    if (sent < 0) return {.bytes = 0, .error = errno};
    return {.bytes = static_cast<std::size_t>(sent), .error = 0};
#else
    return {.bytes = 0, .error = ENOSYS};
#endif
}

}  // namespace filesrv::os
