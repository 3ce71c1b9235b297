// SPDX-License-Identifier: MIT
// Which devices answer without waiting for another machine: learnt by those who may wait, asked by those who may not.
#pragma once

#include <cstdint>

#include "os/fd.hpp"
#include "store/device_set.hpp"

namespace filesrv::store {

/// Lock-free, any thread; as DeviceSet. What is believed wrongly makes one look-up wait, at worst.
class LocalDevices {
public:
    /// Whether the file's device is local, asking the file system if it is not known yet; may block.
    bool learn(std::uint64_t device, os::Fd file) noexcept;

    /// Whether the device is known to be local.
    [[nodiscard]] bool is_local(std::uint64_t device) const noexcept { return known_.contains(device); }

private:
    DeviceSet known_;
};

}  // namespace filesrv::store
