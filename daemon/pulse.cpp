// SPDX-License-Identifier: MIT
// Pulse: when to beat, and when to rest.
#include "daemon/pulse.hpp"

#include <algorithm>
#include <new>
#include <utility>

#include "base/assert.hpp"
#include "base/memory_reserve.hpp"

namespace filesrv::daemon {

Pulse::Pulse(serve::Server& server) : server_(server), seen_(look()), beaten_(server.main_loop().now()) {
    server_.activity().set_listener([this] { something_happened(); });
    server_.main_loop().timers().schedule(*this, beaten_ + interval);
}

/// A turn of another reactor may be told only when the server goes, which is later.
Pulse::~Pulse() { server_.activity().forget_listener(); }

Pulse::Figures Pulse::look() const {
    const serve::Totals totals = server_.counters().sum();
    return {.begun = totals.requests_begun,
            .ended = totals.requests_ended,
            .received = totals.bytes_received,
            .sent = totals.bytes_sent,
            .connections = server_.open_connections(),
            .draining = server_.is_draining()};
}

/// Who runs out of memory misses this beat.
bool Pulse::beat(const Listener& listener, Instant now) noexcept {
    try {
        return listener(now);
    } catch (const std::bad_alloc&) {
        return true;
    }
}

void Pulse::on_time() noexcept {
    const Instant now = server_.main_loop().now();
    FS_ASSERT(now >= beaten_);
    beaten_ = now;
    const Figures figures = look();
    // What is in flight may be at work in a thread that turns no reactor.
    bool more = std::exchange(seen_, figures) != figures || figures.begun != figures.ended;
    renew_memory_reserve();
    for (const Listener& listener : listeners_) more = beat(listener, now) || more;
    if (more) server_.main_loop().timers().schedule(*this, now + interval);
    else server_.activity().await();
}

void Pulse::something_happened() {
    // A turn for a timer's sake is no news.
    if (look() == seen_) return server_.activity().await();
    server_.main_loop().timers().schedule(*this, std::max(server_.main_loop().now(), beaten_ + interval));
}

}  // namespace filesrv::daemon
