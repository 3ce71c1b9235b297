// SPDX-License-Identifier: MIT
// Which devices answer without waiting for another machine: learnt by those who may wait, asked by those who may not.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>

#include "os/fd.hpp"

namespace filesrv::store {

/// Lock-free, any thread. Remembers a few devices (a root, its mounts, subvolumes); more are just asked again.
/// A number that comes back for another file system after an unmount is believed: at worst one look-up waits.
class LocalDevices {
public:
    /// Whether the file's device is local, asking the file system if it is not known yet; may block.
    bool learn(std::uint64_t device, os::Fd file) noexcept;

    /// Whether the device is known to be local.
    [[nodiscard]] bool is_local(std::uint64_t device) const noexcept;

private:
    std::array<std::atomic<std::uint64_t>, 16> known_{};  ///< 0 = free: no file system has device 0
};

}  // namespace filesrv::store
