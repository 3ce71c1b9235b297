// SPDX-License-Identifier: MIT
// Watch: the token of a registration with a poller, and what it calls.
#pragma once

#include "event/readiness.hpp"

namespace filesrv::event {

/// The receiver of one descriptor's events; its address is the token that the kernel keeps. Derive from it: it is one
/// vtable pointer and nothing else. It does not own the descriptor and does not know it.
///
/// Lifetime: a watch must stay alive until its descriptor was removed from the poller (or closed, where no duplicate
/// of it exists) *and* the batch of the current turn has been dispatched, because that batch may still name it. Memory
/// of watches is therefore recycled between turns only, and a watch that was closed in mid-batch ignores `on_ready`.
class Watch {
public:
    Watch() noexcept = default;
    Watch(const Watch&) = delete;
    Watch& operator=(const Watch&) = delete;

    /// The descriptor is ready. Loop thread only; at most once in a batch.
    virtual void on_ready(Readiness ready) noexcept = 0;

protected:
    ~Watch() = default;
};

/// One entry of a batch.
struct Event {
    Watch* watch;
    Readiness ready;
};

}  // namespace filesrv::event
