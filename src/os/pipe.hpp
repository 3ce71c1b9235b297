// SPDX-License-Identifier: MIT
// Pipes, pipe(7): close-on-exec and non-blocking at both ends.
#pragma once

#include "os/fd.hpp"

namespace filesrv::os {

struct Pipe {
    UniqueFd reader;
    UniqueFd writer;
};

[[nodiscard]] Result<Pipe> open_pipe() noexcept;

}  // namespace filesrv::os
