// SPDX-License-Identifier: MIT
// Pipes where there is no pipe2(2), as on macOS: a fork of another thread can slip in before the flags are set.
#include "os/pipe.hpp"

#include <array>
#include <cerrno>

#include <fcntl.h>
#include <unistd.h>

namespace filesrv::os {
namespace {

bool set_flags(int fd) noexcept {
    return ::fcntl(fd, F_SETFD, FD_CLOEXEC) == 0 && ::fcntl(fd, F_SETFL, O_NONBLOCK) == 0;
}

}  // namespace

Result<Pipe> open_pipe() noexcept {
    std::array<int, 2> ends{-1, -1};
    if (::pipe(ends.data()) != 0) return failure(errno, "pipe");
    Pipe pipe{.reader = UniqueFd::adopt(ends[0]), .writer = UniqueFd::adopt(ends[1])};
    if (!set_flags(ends[0]) || !set_flags(ends[1])) return failure(errno, "fcntl");
    return pipe;
}

}  // namespace filesrv::os
