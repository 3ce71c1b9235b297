// SPDX-License-Identifier: MIT
// A few devices of which something is known: learnt by those who may wait, asked by those who may not.
#pragma once

#include <algorithm>
#include <array>
#include <atomic>
#include <cstdint>

namespace filesrv::store {

/// Lock-free, any thread. Relaxed: the number alone is the message. Holds as many as a root's mounts and subvolumes are
/// likely to be; more are just not remembered. A number that comes back for another file system after an unmount is
/// believed.
class DeviceSet {
public:
    [[nodiscard]] bool contains(std::uint64_t device) const noexcept {
        return device != 0 && std::ranges::any_of(known_, [device](const std::atomic<std::uint64_t>& known) {
            return known.load(std::memory_order_relaxed) == device;
        });
    }

    [[nodiscard]] bool is_empty() const noexcept {
        return std::ranges::all_of(known_, [](const std::atomic<std::uint64_t>& known) {
            return known.load(std::memory_order_relaxed) == 0;
        });
    }

    void add(std::uint64_t device) noexcept {
        if (contains(device)) return;
        for (std::atomic<std::uint64_t>& slot : known_) {
            std::uint64_t expected = 0;
            if (slot.compare_exchange_strong(expected, device, std::memory_order_relaxed)) return;
        }
    }

    void remove(std::uint64_t device) noexcept {
        for (std::atomic<std::uint64_t>& slot : known_) {
            std::uint64_t expected = device;
            slot.compare_exchange_strong(expected, 0, std::memory_order_relaxed);
        }
    }

private:
    std::array<std::atomic<std::uint64_t>, 16> known_{};  ///< 0 = free: no file system has device 0
};

}  // namespace filesrv::store
