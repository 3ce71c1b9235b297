// SPDX-License-Identifier: MIT
// Connections by address, where a limit is set.
#pragma once

#include <cstddef>
#include <map>

#include "base/mutex.hpp"
#include "base/tunable.hpp"
#include "os/socket.hpp"

namespace filesrv::serve {

/// Counts connections of each host. Costs nothing when the limit is 0. Any thread. The limit is read each time: it may
/// change, but neither from 0 nor to 0.
class AddressLimit {
public:
    explicit AddressLimit(const Tunable<std::size_t>& limit) noexcept : limit_(limit) {}
    explicit AddressLimit(const Tunable<std::size_t>&&) = delete;  // it would outlive a temporary one

    /// Counts one in; false when its host has as many as it may. Unix sockets have no address and no limit.
    [[nodiscard]] bool enter(const os::PeerAddress& peer);
    void leave(const os::PeerAddress& peer) noexcept;

private:
    using Key = std::array<std::uint8_t, 17>;
    [[nodiscard]] bool applies_to(const os::PeerAddress& peer) const noexcept;
    [[nodiscard]] static Key key_of(const os::PeerAddress& peer) noexcept;

    const Tunable<std::size_t>& limit_;
    Mutex mutex_;
    std::map<Key, std::size_t> counts_ FS_GUARDED_BY(mutex_);  // only hosts with connections
};

}  // namespace filesrv::serve
