// SPDX-License-Identifier: MIT
// What a descriptor is ready for, and what one may ask to be told.
#pragma once

namespace filesrv::event {

/// What the kernel said about one descriptor in one batch. A flag is an invitation to try the call, not a promise:
/// the call may still say EAGAIN.
struct Readiness {
    bool readable = false;     ///< read, recv or accept is worth a try; also set by `peer_closed` and `error`
    bool writable = false;     ///< send is worth a try; also set by `error`
    bool peer_closed = false;  ///< the peer sends no more (EPOLLRDHUP, EV_EOF): unread bytes may still be there
    bool error = false;        ///< an error is pending (EPOLLERR); the next call on the descriptor reports it

    bool operator==(const Readiness&) const noexcept = default;
};

/// What a registration asks for. It never changes during its life, so nothing is ever re-armed.
enum class Interest {
    level_read,            ///< readable, told again in every batch as long as it is true
    level_read_exclusive,  ///< the same for a listener shared by several pollers: one of them is woken (where the system can)
    edge_both,             ///< both directions, told once per change: the watcher goes on until EAGAIN
};

}  // namespace filesrv::event
