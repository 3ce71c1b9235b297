// SPDX-License-Identifier: MIT
// What serving knows of a snapshot: sums of counts that others write, read while they do.
#include "base/assert.hpp"
#include "observe/snapshot.hpp"
#include "os/clock.hpp"
#include "serve/idle_exit.hpp"
#include "serve/inspection.hpp"
#include "serve/server.hpp"

namespace filesrv::serve {
namespace {

double seconds(Duration duration) noexcept { return std::chrono::duration<double>(duration).count(); }

observe::WorkerFigures worker_figures(const PoolCounters& pool, std::size_t workers_max) noexcept {
    return {.busy = pool.busy,
            .total = pool.total,
            .peak = pool.peak,
            .waiting = pool.waiting,
            .stuck = pool.stuck,
            .stuck_ever = pool.stuck_ever,
            .max = workers_max};
}

}  // namespace

void Server::fill(observe::Snapshot& into) const {
    const Totals totals = counters_.sum();
    FS_ASSERT(totals.requests_ended <= totals.requests_begun);
    into.state = is_draining() ? "draining" : "running";
    into.connections.now = open_connections();
    into.connections.max = settings_.connections_max;
    into.timeout_s = seconds(timeout());
    into.timeout_min_s = seconds(settings_.timeout_min);
    into.timeout_max_s = seconds(settings_.timeout_max);
    into.idle_shutdown_s = seconds(settings_.idle_shutdown);
    const auto due = is_draining() ? std::nullopt : idle_exit_->due(totals);
    into.idle_exit_s = due ? std::optional(std::max(seconds(*due - os::monotonic_now()), 0.0)) : std::nullopt;
    into.workers = worker_figures(pool_.counters(), settings_.workers_max);
    into.requests.total = totals.requests_begun;
    into.requests.in_flight = totals.requests_begun - totals.requests_ended;
    into.bytes = {.in = totals.bytes_received, .out = totals.bytes_sent};
    into.uploads.stored = totals.uploads;
    into.errors = totals.errors;
}

void Server::list_connections(std::size_t most, std::function<void(ConnectionList)> then) {
    errands_->list(most, std::move(then));
}

void Server::kick(std::uint64_t id, std::function<void(bool)> then) { errands_->kick(id, std::move(then)); }

}  // namespace filesrv::serve
