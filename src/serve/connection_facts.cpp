// SPDX-License-Identifier: MIT
// What can be told of a connection: all of it by who holds the lease, an outline by its reactor while somebody else does.
#include <algorithm>
#include <utility>

#include "base/assert.hpp"
#include "observe/snapshot.hpp"
#include "serve/connection.hpp"
#include "serve/lease.hpp"
#include "serve/limits.hpp"
#include "serve/reactor.hpp"
#include "serve/server.hpp"

namespace filesrv::serve {
namespace {

double positive_seconds(Duration duration) noexcept { return std::max(seconds_of(duration), 0.0); }

/// For a connection that nobody works on.
std::string state_of(Phase phase) {
    switch (phase) {
        case Phase::idle: return "idle";
        case Phase::reading_head: return "receiving_head";
        case Phase::answering: return "active";
        case Phase::reading_body: return "reading_body";
        case Phase::writing: return "writing";
        case Phase::lingering:
        case Phase::closed: return "closing";
    }
    FS_UNREACHABLE("a connection in no phase");
}

void add_transfer(observe::ConnectionFacts& facts, const Transfer& transfer, Instant now) {
    const bool download = transfer.direction == Direction::download;
    const std::uint64_t done = (download ? facts.out : facts.in) - transfer.bytes_before;
    const double age = positive_seconds(now - transfer.began);
    facts.method = http::name(transfer.method);
    facts.target = transfer.target;
    facts.transfer = {.direction = download ? "download" : "upload",
                      .done = std::min(done, transfer.total.value_or(done)),
                      .total = transfer.total,
                      .age_s = age};
    facts.rate = age > 0 ? static_cast<double>(facts.transfer->done) / age : 0;
}

}  // namespace

/// Nothing here is written by who holds the lease, but atomics.
observe::ConnectionFacts Connection::outline(Instant now) const {
    observe::ConnectionFacts facts;
    facts.id = id_;
    facts.peer = peer_.text();
    facts.age_s = positive_seconds(now - opened_);
    facts.state = "active";
    facts.requests = requests_.read();
    facts.in = bytes_in_.read();
    facts.out = bytes_out_.read();
    if (const std::uint32_t holder = holder_.load(std::memory_order_relaxed); holder > 0) facts.worker = holder;
    if (const auto transfer = reactor_.server().transfers().find(id_)) add_transfer(facts, *transfer, now);
    return facts;
}

/// To who asks, from now on. Answers that one turn sends whole never come here.
void Connection::show_transfer() {
    if (exchange_->transfer_shown) return;
    Transfer& transfer = exchange_->transfer;
    if (transfer.direction == Direction::download) {
        const std::uint64_t sent = transfer.total.value_or(exchange_->file.remaining) - exchange_->file.remaining;
        transfer.bytes_before = bytes_out_.read() - std::min(bytes_out_.read(), sent);
    }
    reactor_.server().transfers().begin(id_, transfer);
    exchange_->transfer_shown = true;
}

void Connection::hide_transfer() noexcept {
    if (exchange_ == nullptr || !std::exchange(exchange_->transfer_shown, false)) return;
    reactor_.server().transfers().end(id_);
}

observe::ConnectionFacts Connection::facts(Instant now) const {
    FS_ASSERT(is_open());
    observe::ConnectionFacts facts = outline(now);
    facts.state = state_of(phase_);
    facts.worker.reset();
    const Server& server = reactor_.server();
    const Duration silence = now - last_activity_;
    if (phase_ == Phase::idle || phase_ == Phase::reading_head) facts.timeout_s = positive_seconds(server.timeout() - silence);
    if (phase_ == Phase::reading_body || phase_ == Phase::writing) facts.timeout_s = positive_seconds(server.settings().stall_timeout.get() - silence);
    return facts;
}

std::optional<std::size_t> Reactor::describe(std::size_t from, std::vector<observe::ConnectionFacts>& into) {
    FS_ASSERT(loop_->in_loop_thread());
    recycle_closed();
    const Instant now = loop_->now();
    return slots_.for_some(from, limits::connections_described_per_turn, [&](Connection& connection) {
        if (!connection.lease_word().try_take()) {
            into.push_back(connection.outline(now));
        } else if (!connection.is_open()) {
            connection.lease_word().reset();
        } else {
            const Lease lease(connection, state_);
            into.push_back(connection.facts(now));
        }
    });
}

std::optional<std::size_t> Reactor::kick(std::uint64_t id, std::size_t from, bool& found) {
    FS_ASSERT(loop_->in_loop_thread());
    return slots_.for_some(from, limits::connections_searched_per_turn, [&](Connection& connection) {
        if (found || connection.id() != id) return;
        if (connection.lease_word().try_take()) {
            if (!connection.is_open()) return connection.lease_word().reset();
        } else {
            connection.order_close();
            // As an edge would: whoever has the lease looks again before it gives back, and sees the order.
            if (!connection.lease_word().on_edge()) return void(found = true);
        }
        found = true;
        connection.order_close();
        Lease lease(connection, state_);
        connection.settle_step(connection.close_as_ordered(state_), state_, lease);
    });
}

}  // namespace filesrv::serve
