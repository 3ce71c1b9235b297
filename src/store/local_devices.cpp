// SPDX-License-Identifier: MIT
// Which devices answer without waiting for another machine: learnt by those who may wait, asked by those who may not.
#include "store/local_devices.hpp"

#include <algorithm>

#include "base/assert.hpp"
#include "os/stat.hpp"

namespace filesrv::store {

bool LocalDevices::is_local(std::uint64_t device) const noexcept {
    // Relaxed: the number alone is the message.
    return device != 0 && std::ranges::any_of(known_, [device](const std::atomic<std::uint64_t>& known) {
        return known.load(std::memory_order_relaxed) == device;
    });
}

bool LocalDevices::learn(std::uint64_t device, os::Fd file) noexcept {
    FS_ASSERT(file.is_open());
    if (is_local(device)) return true;
    if (os::file_system_of(file) == os::FileSystem::remote) return false;
    for (std::atomic<std::uint64_t>& slot : known_) {
        std::uint64_t expected = 0;
        if (slot.compare_exchange_strong(expected, device, std::memory_order_relaxed)) break;
    }
    return true;
}

}  // namespace filesrv::store
