// SPDX-License-Identifier: MIT
// Pipes where pipe2(2) sets the flags in the same step, so that no fork in between inherits them.
#include "os/pipe.hpp"

#include <array>
#include <cerrno>

#include <fcntl.h>
#include <unistd.h>

namespace filesrv::os {

Result<Pipe> open_pipe() noexcept {
    std::array<int, 2> ends{-1, -1};
    if (::pipe2(ends.data(), O_CLOEXEC | O_NONBLOCK) != 0) return failure(errno, "pipe2");
    return Pipe{.reader = UniqueFd::adopt(ends[0]), .writer = UniqueFd::adopt(ends[1])};
}

}  // namespace filesrv::os
