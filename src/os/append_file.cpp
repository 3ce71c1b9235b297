// SPDX-License-Identifier: MIT
// Files that only grow: logs.
#include "os/append_file.hpp"

#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

namespace filesrv::os {

Result<UniqueFd> open_for_append(const std::string& path) {
    auto file = UniqueFd::adopt(::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_NONBLOCK | O_CLOEXEC | O_NOCTTY, 0640));
    if (!file.is_open()) return failure(errno, "open", path);
    return file;
}

Result<void> append_all(Fd file, std::string_view bytes) {
    while (!bytes.empty()) {
        // pipe(7): with POLLOUT a write of PIPE_BUF bytes does not block, though the descriptor is not ours to make
        // non-blocking. A regular file is always ready.
        pollfd ready{.fd = file.number(), .events = POLLOUT, .revents = 0};
        if (::poll(&ready, 1, 0) == 0) return failure(EAGAIN, "write");
        const ssize_t written = ::write(file.number(), bytes.data(), std::min<std::size_t>(bytes.size(), PIPE_BUF));
        if (written < 0 && errno == EINTR) continue;
        if (written < 0) return failure(errno, "write");
        bytes.remove_prefix(static_cast<std::size_t>(written));
    }
    return {};
}

Result<UniqueFd> duplicate(Fd file) {
    auto copy = UniqueFd::adopt(::fcntl(file.number(), F_DUPFD_CLOEXEC, 3));
    if (!copy.is_open()) return failure(errno, "fcntl");
    return copy;
}

Result<void> replace_descriptor(Fd kept, Fd fresh) {
    if (::dup3(fresh.number(), kept.number(), O_CLOEXEC) < 0) return failure(errno, "dup3");
    return {};
}

}  // namespace filesrv::os
