// SPDX-License-Identifier: MIT
// Where nobody tells of folders that are moved: they have to be looked at.
#include <cerrno>

#include "base/assert.hpp"
#include "os/move_watch.hpp"

namespace filesrv::os {

bool tells_of_moves(Fd) noexcept { return false; }

Result<MoveWatch> MoveWatch::create() { return failure(ENOSYS, "inotify_init1"); }

Result<int> MoveWatch::watch(Fd) const { FS_UNREACHABLE("there is none to ask"); }

void MoveWatch::forget(int) const noexcept { FS_UNREACHABLE("there is none to ask"); }

bool MoveWatch::has_news() const noexcept { FS_UNREACHABLE("there is none to ask"); }

MoveWatch::News MoveWatch::take_news() const { FS_UNREACHABLE("there is none to ask"); }

}  // namespace filesrv::os
