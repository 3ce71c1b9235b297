// SPDX-License-Identifier: MIT
// A snapshot and connections as JSON: what each member is called, said once for both ways.
#include "observe/snapshot.hpp"

#include <tuple>

#include "base/assert.hpp"
#include "observe/json_members.hpp"
#include "observe/lifetime_members.hpp"

namespace filesrv::observe {

// Not in a nameless namespace: there no name is found by the namespace of its argument.
static void describe(const auto& member, Of<ListenerFacts> auto& listener) {
    member("address", listener.address);
    member("activated", listener.activated);
}

static void describe(const auto& member, Of<ConnectionFigures> auto& connections) {
    member("now", connections.now);
    member("peak", connections.peak);
    member("total", connections.total);
    member("max", connections.max);
    member("refused", connections.refused);
}

static void describe(const auto& member, Of<WorkerFigures> auto& workers) {
    member("busy", workers.busy);
    member("total", workers.total);
    member("peak", workers.peak);
    member("waiting", workers.waiting);
    member("stuck", workers.stuck);
    member("stuck_ever", workers.stuck_ever);
    member("max", workers.max);
}

static void describe(const auto& member, Of<RequestFigures> auto& requests) {
    member("total", requests.total);
    member("in_flight", requests.in_flight);
    member("by", requests.by);
}

static void describe(const auto& member, Of<ByteFigures> auto& bytes) {
    member("in", bytes.in);
    member("out", bytes.out);
}

static void describe(const auto& member, Of<Rate> auto& rate) {
    member("requests", rate.requests);
    member("in", rate.in);
    member("out", rate.out);
}

static void describe(const auto& member, Of<Rates> auto& rates) {
    member("1s", rates.over_1s);
    member("10s", rates.over_10s);
    member("60s", rates.over_60s);
}

static void describe(const auto& member, Of<UploadFigures> auto& uploads) {
    member("in_flight", uploads.in_flight);
    member("stored", uploads.stored);
    member("failed", uploads.failed);
    member("refused", uploads.refused);
}

static void describe(const auto& member, Of<CacheFigures> auto& cache) {
    member("hits", cache.hits);
    member("misses", cache.misses);
    member("entries", cache.entries);
    member("bytes", cache.bytes);
    member("trusted", cache.trusted);
}

static void describe(const auto& member, Of<LogLines> auto& lines) {
    member("warning", lines.warning);
    member("error", lines.error);
}

static void describe(const auto& member, Of<DescriptorFigures> auto& descriptors) {
    member("open", descriptors.open);
    member("limit", descriptors.limit);
}

static auto as_pair(Of<LatencyBucket> auto& bucket) { return std::tie(bucket.upper_us, bucket.cumulative); }

static void describe(const auto& member, Of<LatencyFigures> auto& latency) {
    member("p50_us", latency.p50_us);
    member("p90_us", latency.p90_us);
    member("p99_us", latency.p99_us);
    member("max_us", latency.max_us);
    member("count", latency.count);
    member("sum_us", latency.sum_us);
    member("buckets", latency.buckets);
}

static void describe_timeouts(const auto& member, Of<Snapshot> auto& snapshot) {
    member("timeout_s", snapshot.timeout_s);
    member("timeout_min_s", snapshot.timeout_min_s);
    member("timeout_max_s", snapshot.timeout_max_s);
    member("idle_shutdown_s", snapshot.idle_shutdown_s);
    member("idle_exit_s", snapshot.idle_exit_s);
}

static void describe(const auto& member, Of<Snapshot> auto& snapshot) {
    member("state", snapshot.state);
    member("version", snapshot.version);
    member("pid", snapshot.pid);
    member("started_at_s", snapshot.started_at_s);
    member("uptime_s", snapshot.uptime_s);
    member("root", snapshot.root);
    member("listeners", snapshot.listeners);
    member("socket", snapshot.socket);
    member("connections", snapshot.connections);
    describe_timeouts(member, snapshot);
    member("workers", snapshot.workers);
    member("requests", snapshot.requests);
    member("bytes", snapshot.bytes);
    member("rates", snapshot.rates);
    member("latency", snapshot.latency);
    member("uploads", snapshot.uploads);
    member.nested("downloads", [&](const auto& inner) { inner("in_flight", snapshot.downloads_in_flight); });
    member("cache", snapshot.cache);
    member("errors", snapshot.errors);
    member("log_lines", snapshot.log_lines);
    member("cold_start_ms", snapshot.cold_start_ms);
    member("successor", snapshot.successor);
    member("predecessors", snapshot.predecessors);
    member("lifetime", snapshot.lifetime);
    member("state_dir", snapshot.state_dir);
    member("memory_bytes", snapshot.memory_bytes);
    member("descriptors", snapshot.descriptors);
}

static void describe(const auto& member, Of<TransferFacts> auto& transfer) {
    member("direction", transfer.direction);
    member("done", transfer.done);
    member("total", transfer.total);
    member("age_s", transfer.age_s);
}

static void describe(const auto& member, Of<ConnectionFacts> auto& connection) {
    member("id", connection.id);
    member("peer", connection.peer);
    member("age_s", connection.age_s);
    member("state", connection.state);
    member("method", connection.method);
    member("target", connection.target);
    member("requests", connection.requests);
    member("in", connection.in);
    member("out", connection.out);
    member("rate", connection.rate);
    member("worker", connection.worker);
    member("timeout_s", connection.timeout_s);
    member("transfer", connection.transfer);
}

std::string to_json(const Snapshot& snapshot) {
    FS_ASSERT(snapshot.started_at_s >= 0 && snapshot.uptime_s >= 0);
    return text_of(snapshot, snapshot_schema);
}

std::optional<Snapshot> parse_snapshot(std::string_view text) {
    return parse_described<Snapshot>(text, snapshot_schema);
}

std::string to_json(std::span<const ConnectionFacts> connections) {
    JsonText text;
    text.begin_array();
    for (const ConnectionFacts& connection : connections) JsonWriter::write(text, connection);
    text.end_array();
    return text.take();
}

std::optional<std::vector<ConnectionFacts>> parse_connections(std::string_view text) {
    std::vector<ConnectionFacts> connections;
    const auto array = parse_json(text);
    if (!array || !JsonReader::read(*array, connections)) return std::nullopt;
    return connections;
}

}  // namespace filesrv::observe
