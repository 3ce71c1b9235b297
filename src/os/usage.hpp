// SPDX-License-Identifier: MIT
// What this process uses of the machine now.
#pragma once

#include <cstdint>
#include <optional>

namespace filesrv::os {

/// Bytes of memory that are resident, proc(5); nothing where the system does not tell.
[[nodiscard]] std::optional<std::uint64_t> resident_bytes();

/// Open descriptors: what stat(2) gives as the size of /proc/self/fd since Linux 6.2. Nothing elsewhere, since counting
/// them one by one takes as long as there are many.
[[nodiscard]] std::optional<std::uint64_t> open_descriptors() noexcept;

}  // namespace filesrv::os
