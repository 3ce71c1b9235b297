// SPDX-License-Identifier: MIT
// What serving knows of a snapshot: sums of counts that others write, read while they do.
#include "base/assert.hpp"
#include "observe/log.hpp"
#include "observe/snapshot.hpp"
#include "os/clock.hpp"
#include "serve/idle_exit.hpp"
#include "serve/inspection.hpp"
#include "serve/reactor.hpp"
#include "serve/server.hpp"

namespace filesrv::serve {
namespace {

observe::WorkerFigures worker_figures(const PoolCounters& pool, std::size_t workers_max) noexcept {
    return {.busy = pool.busy,
            .total = pool.total,
            .peak = pool.peak,
            .waiting = pool.waiting,
            .stuck = pool.stuck,
            .stuck_ever = pool.stuck_ever,
            .max = workers_max};
}

observe::Done done_by(const Totals& totals) noexcept {
    return {.requests = totals.requests_ended, .in = totals.bytes_received, .out = totals.bytes_sent};
}

void add_cache(observe::CacheFigures& sum, const store::EntryCacheFigures& one) noexcept {
    sum.hits += one.hits;
    sum.misses += one.misses + one.stale;
    sum.entries += one.entries;
    sum.bytes += one.bytes;
    sum.trusted += one.trusted;
}

}  // namespace

void Server::sample_rates(Instant now) { rates_.sample(now, done_by(counters_.sum())); }

void Server::fill(observe::Snapshot& into) const {
    const Totals totals = counters_.sum();
    FS_ASSERT(totals.requests_ended <= totals.requests_begun);
    into.state = is_draining() ? "draining" : "running";
    into.connections = {.now = open_connections(),
                        .peak = open_peak_.load(std::memory_order_relaxed),
                        .total = admitted_.load(std::memory_order_relaxed),
                        .max = settings_.connections_max,
                        .refused = refused_.load(std::memory_order_relaxed)};
    into.timeout_s = seconds_of(timeout());
    into.timeout_min_s = seconds_of(settings_.timeout_min);
    into.timeout_max_s = seconds_of(settings_.timeout_max);
    into.idle_shutdown_s = seconds_of(settings_.idle_shutdown);
    const auto due = is_draining() ? std::nullopt : idle_exit_->due(totals);
    into.idle_exit_s = due ? std::optional(std::max(seconds_of(*due - os::monotonic_now()), 0.0)) : std::nullopt;
    into.workers = worker_figures(pool_.counters(), settings_.workers_max);
    into.requests.total = totals.requests_begun;
    into.requests.in_flight = totals.requests_begun - totals.requests_ended;
    into.requests.by = counters_.answers();
    into.latency = counters_.latency();
    into.rates = rates_.rates(os::monotonic_now(), done_by(totals));
    into.bytes = {.in = totals.bytes_received, .out = totals.bytes_sent};
    const Transfers::Counts transfers = transfers_.counts();
    into.uploads = {.in_flight = transfers.uploads, .stored = totals.uploads, .failed = totals.uploads_failed, .refused = totals.uploads_refused};
    into.downloads_in_flight = transfers.downloads;
    into.cache = {};
    for (const auto& reactor : reactors_) add_cache(into.cache, reactor->cache_figures());
    into.log_lines = {.warning = observe::log_lines(LogLevel::warning), .error = observe::log_lines(LogLevel::error)};
    into.errors = totals.errors;
}

void Server::list_connections(std::size_t most, std::function<void(ConnectionList)> then) {
    errands_->list(most, std::move(then));
}

void Server::kick(std::uint64_t id, std::function<void(bool)> then) { errands_->kick(id, std::move(then)); }

}  // namespace filesrv::serve
