// SPDX-License-Identifier: MIT
// Which devices answer without waiting for another machine: learnt by those who may wait, asked by those who may not.
#include "store/local_devices.hpp"

#include "base/assert.hpp"
#include "os/stat.hpp"

namespace filesrv::store {

bool LocalDevices::learn(std::uint64_t device, os::Fd file) noexcept {
    FS_ASSERT(file.is_open());
    if (is_local(device)) return true;
    if (os::file_system_of(file) == os::FileSystem::remote) return false;
    known_.add(device);
    return true;
}

}  // namespace filesrv::store
