// SPDX-License-Identifier: MIT
// Where Landlock is not built in.
#include <cerrno>

#include "os/landlock.hpp"

namespace filesrv::os {

int landlock_version() noexcept { return 0; }

Result<void> confine_files(std::span<const AllowedPath>, AbstractSockets) { return failure(ENOSYS, "landlock"); }

}  // namespace filesrv::os
