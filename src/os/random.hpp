// SPDX-License-Identifier: MIT
// Numbers that nobody can guess, from the kernel.
#pragma once

#include <array>
#include <cstdint>

namespace filesrv::os {

/// getentropy(3): 128 bits. Waits only before the machine's pool is first filled, early at boot.
[[nodiscard]] std::array<std::uint64_t, 2> random_numbers() noexcept;

}  // namespace filesrv::os
