// SPDX-License-Identifier: MIT
// Confinement without openat2(2): a path walked component by component, links followed by hand.
#pragma once

#include <string_view>

#include "base/error.hpp"
#include "os/fd.hpp"
#include "store/root.hpp"

namespace filesrv::store {

/// Opens what `path` names beneath `root`. EXDEV: a link would leave. ELOOP: more than 40 links, or one while they are
/// not followed. EAGAIN: a folder on the way was moved meanwhile; try again.
[[nodiscard]] Result<Opened> open_by_walk(os::Fd root, std::string_view path, Purpose purpose, bool follow_symlinks);

}  // namespace filesrv::store
