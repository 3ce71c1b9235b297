// SPDX-License-Identifier: MIT
// Whether a person is looking.
#include "os/terminal.hpp"

#include <unistd.h>

namespace filesrv::os {

bool is_terminal(Fd fd) noexcept { return ::isatty(fd.number()) == 1; }

}  // namespace filesrv::os
