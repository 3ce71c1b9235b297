// SPDX-License-Identifier: MIT
// Where nobody tells of what is changed: it has to be looked at.
#include <cerrno>

#include "base/assert.hpp"
#include "os/tree_watch.hpp"

namespace filesrv::os {

bool tells_of_moves(Fd) noexcept { return false; }

bool tells_of_writers(Fd) noexcept { return false; }

Result<void> prove_unwritten(Fd) { return failure(ENOSYS, "lease"); }

Result<TreeWatch> TreeWatch::create() { return failure(ENOSYS, "inotify_init1"); }

Result<int> TreeWatch::watch_folder(Fd) const { FS_UNREACHABLE("there is none to ask"); }

Result<int> TreeWatch::watch_file(Fd) const { FS_UNREACHABLE("there is none to ask"); }

void TreeWatch::forget(int) const noexcept { FS_UNREACHABLE("there is none to ask"); }

Result<void> TreeWatch::watch_mounts(std::uint64_t) { FS_UNREACHABLE("there is none to ask"); }

std::optional<TreeWatch::News> TreeWatch::look() const noexcept { FS_UNREACHABLE("there is none to ask"); }

}  // namespace filesrv::os
