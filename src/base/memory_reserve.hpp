// SPDX-License-Identifier: MIT
// A block of memory given up when there is none left, so that what is under way can still end in good order.
#pragma once

namespace filesrv {

/// From here on operator new that finds no memory gives the reserve up and tries once more before it fails
/// (std::bad_alloc). Once, before there are other threads. Fails the same way when there is not even that much.
void hold_memory_reserve();

/// Takes a new reserve if it was given up and there is memory again. Any thread, often: one relaxed load.
void renew_memory_reserve() noexcept;

}  // namespace filesrv
