// SPDX-License-Identifier: MIT
// Idle exit: leaving after a time without requests, and losing nobody who comes at that very moment.
#include "serve/idle_exit.hpp"

#include <algorithm>
#include <new>
#include <vector>

#include "base/assert.hpp"
#include "os/wait_readable.hpp"
#include "serve/limits.hpp"
#include "serve/reactor.hpp"
#include "serve/reactor_pause.hpp"
#include "serve/server.hpp"

namespace filesrv::serve {

void IdleExit::begin(Instant now) {
    began_.store(now, std::memory_order_relaxed);
    retune(now);
}

void IdleExit::retune(Instant now) {
    if (server_.settings().idle_shutdown.get() > Duration::zero()) next_look_ = now;
    else next_look_.reset();
}

std::optional<Instant> IdleExit::due(const Totals& totals) const noexcept {
    const Duration idle = server_.settings().idle_shutdown;
    if (idle == Duration::zero() || totals.requests_begun != totals.requests_ended) return std::nullopt;
    return std::max(began_.load(std::memory_order_relaxed), Instant(Duration(totals.last_end_ns))) + idle;
}

void IdleExit::look(Instant now) noexcept {
    if (!next_look_ || now < *next_look_) return;
    next_look_.reset();
    if (server_.is_draining() || server_.is_held()) return;  // let_go() looks anew
    const Duration idle = server_.settings().idle_shutdown;
    FS_ASSERT(idle > Duration::zero());
    // What is in flight ends now at the earliest, and the clock starts anew when it does.
    const Instant due = this->due(server_.counters().sum()).value_or(now + idle);
    if (now < due) {
        next_look_ = due;
        return;
    }
    try {
        const ReactorPause pause(server_.reactors());
        // An incomplete head may become a request within T, the longest T at most; who sends single bytes waits no longer.
        if (nobody_is_there(now < due + server_.settings().timeout_max.get())) return server_.leave(Leaving::idle);
        for (const auto& reactor : server_.reactors()) reactor->set_accepting(true);
    } catch (const std::bad_alloc&) {
        server_.note_out_of_memory();  // without the memory to pause them, nothing has changed
    }
    next_look_ = now + limits::idle_exit_retry;
}

/// With all reactors at rest. Leaves the listeners out of the pollers. Without the memory to find out, somebody is there.
bool IdleExit::nobody_is_there(bool heads_count) noexcept try {
    std::vector<os::Fd> listeners;
    for (const ListenSocket& socket : server_.listeners()) listeners.push_back(socket.fd);
    for (const auto& reactor : server_.reactors()) reactor->set_accepting(false);
    if (server_.has_other_work() || os::any_readable(listeners)) return false;
    const Totals totals = server_.counters().sum();
    if (totals.requests_begun != totals.requests_ended) return false;
    return std::ranges::none_of(server_.reactors(),
                                [&](const auto& reactor) { return reactor->has_live_connection(heads_count); });
} catch (const std::bad_alloc&) {
    server_.note_out_of_memory();
    return false;
}

}  // namespace filesrv::serve
