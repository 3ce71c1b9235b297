// SPDX-License-Identifier: MIT
// How malloc(3) deals with the system.
#pragma once

namespace filesrv::os {

/// For programs that free large buffers to take them again at once: what is freed stays with the process, up to some
/// tens of MiB, and is not cleared by the system anew for each. A hint. Before the first such buffer.
void keep_freed_memory() noexcept;

}  // namespace filesrv::os
