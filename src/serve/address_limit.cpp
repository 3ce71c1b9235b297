// SPDX-License-Identifier: MIT
// Connections by address, where a limit is set.
#include "serve/address_limit.hpp"

#include <algorithm>

#include "base/assert.hpp"

namespace filesrv::serve {

bool AddressLimit::applies_to(const os::PeerAddress& peer) const noexcept {
    return limit_ > 0 && (peer.family == os::AddressFamily::v4 || peer.family == os::AddressFamily::v6);
}

AddressLimit::Key AddressLimit::key_of(const os::PeerAddress& peer) noexcept {
    Key key{};
    key[0] = static_cast<std::uint8_t>(peer.family);
    std::ranges::copy(peer.bytes, key.begin() + 1);
    return key;
}

bool AddressLimit::enter(const os::PeerAddress& peer) {
    if (!applies_to(peer)) return true;
    const MutexLock lock(mutex_);
    std::size_t& count = counts_[key_of(peer)];
    if (count >= limit_) return false;
    ++count;
    return true;
}

void AddressLimit::leave(const os::PeerAddress& peer) noexcept {
    if (!applies_to(peer)) return;
    const MutexLock lock(mutex_);
    const auto found = counts_.find(key_of(peer));
    FS_ASSERT(found != counts_.end() && found->second > 0);
    if (--found->second == 0) counts_.erase(found);
}

}  // namespace filesrv::serve
