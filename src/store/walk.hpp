// SPDX-License-Identifier: MIT
// Confinement without openat2(2): a path walked component by component, links followed by hand.
#pragma once

#include <string_view>

#include "base/error.hpp"
#include "os/fd.hpp"
#include "store/root.hpp"

namespace filesrv::store {

/// Links that a path may go through, as path_resolution(7).
inline constexpr unsigned links_max = 40;

/// Opens what `path` names beneath `root`. EXDEV: a link would leave. ELOOP: more than links_max links, or one while they are
/// not followed. EAGAIN: a folder on the way was moved meanwhile; try again.
[[nodiscard]] Result<Opened> open_by_walk(os::Fd root, std::string_view path, Purpose purpose, bool follow_symlinks);

}  // namespace filesrv::store
