// SPDX-License-Identifier: MIT
// A number that one thread writes and any thread may read.
#pragma once

#include <atomic>
#include <cstdint>

#include "base/assert.hpp"

namespace filesrv {

/// Readers see some recent value. One writer at a time: no read-modify-write that others could come between, so it costs
/// what a plain number does.
class Count {
public:
    void add(std::uint64_t by = 1) noexcept {
        value_.store(value_.load(std::memory_order_relaxed) + by, std::memory_order_release);
    }
    void subtract(std::uint64_t by = 1) noexcept {
        const std::uint64_t before = value_.load(std::memory_order_relaxed);
        FS_ASSERT(before >= by);
        value_.store(before - by, std::memory_order_release);
    }
    void raise_to(std::uint64_t least) noexcept {
        if (value_.load(std::memory_order_relaxed) < least) value_.store(least, std::memory_order_release);
    }
    void reset() noexcept { value_.store(0, std::memory_order_release); }
    [[nodiscard]] std::uint64_t read() const noexcept { return value_.load(std::memory_order_acquire); }

private:
    std::atomic<std::uint64_t> value_{0};
};

}  // namespace filesrv
