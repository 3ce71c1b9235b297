// SPDX-License-Identifier: MIT
// Whether a person is looking.
#pragma once

#include "os/fd.hpp"

namespace filesrv::os {

/// isatty(3).
[[nodiscard]] bool is_terminal(Fd fd) noexcept;

}  // namespace filesrv::os
