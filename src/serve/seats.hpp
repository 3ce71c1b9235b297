// SPDX-License-Identifier: MIT
// Seats: how many may do, or hold, something scarce at once. Nobody waits for one.
#pragma once

#include <atomic>
#include <cstddef>
#include <memory>

#include "base/assert.hpp"

namespace filesrv::serve {

/// Any thread. Outlives its seats.
class Seats {
    struct GiveBack {
        void operator()(Seats* seats) const noexcept { seats->give_back(); }
    };

public:
    /// Null: none was free. Its destruction gives it back.
    using Seat = std::unique_ptr<Seats, GiveBack>;

    explicit Seats(std::size_t most) noexcept : free_(most) { FS_ASSERT(most > 0); }
    Seats(const Seats&) = delete;
    Seats& operator=(const Seats&) = delete;

    [[nodiscard]] Seat take() noexcept {
        // Relaxed, here and below: a seat is a number, and orders nothing that is done on it.
        std::size_t seen = free_.load(std::memory_order_relaxed);
        do {
            if (seen == 0) return nullptr;
        } while (!free_.compare_exchange_weak(seen, seen - 1, std::memory_order_relaxed));
        return Seat(this);
    }

    [[nodiscard]] std::size_t free() const noexcept { return free_.load(std::memory_order_relaxed); }

private:
    void give_back() noexcept { free_.fetch_add(1, std::memory_order_relaxed); }

    std::atomic<std::size_t> free_;
};

}  // namespace filesrv::serve
