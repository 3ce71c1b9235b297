// SPDX-License-Identifier: MIT
// Prometheus text: families of samples, one after the other.
#include "observe/metrics.hpp"

#include <algorithm>
#include <array>
#include <concepts>
#include <cstdio>
#include <initializer_list>
#include <string_view>
#include <utility>

#include "base/assert.hpp"

namespace filesrv::observe {
namespace {

struct Label {
    std::string_view name;
    std::string_view value;
};
using Labels = std::initializer_list<Label>;

/// A label's value: backslash, quote and newline escaped.
void append_escaped(std::string& out, std::string_view value) {
    for (const char c : value) {
        if (c == '\n') out += "\\n";
        else if (c == '"' || c == '\\') out.append(1, '\\').append(1, c);
        else out += c;
    }
}

/// Fifteen digits: a decimal of so many comes out as it went in, and more are noise of the binary fraction.
/// By printf(3), since the one thing that would have libm loaded at every start is std::to_chars() of such a number.
std::string text_of(double number) {
    std::array<char, 32> buffer{};
    const int length = std::snprintf(buffer.data(), buffer.size(), "%.15g", number);
    FS_ASSERT(length > 0 && static_cast<std::size_t>(length) < buffer.size());
    return {buffer.data(), static_cast<std::size_t>(length)};
}
std::string text_of(std::integral auto number) { return std::to_string(number); }

class Exposition {
public:
    /// The samples that follow belong to this family.
    void family(std::string_view name, std::string_view type, std::string_view help) {
        FS_ASSERT(!help.empty());
        family_ = name;
        text_.append("# HELP ").append(name).append(" ").append(help).append("\n# TYPE ").append(name).append(" ").append(type).append("\n");
    }

    void sample(auto value, Labels labels = {}, std::string_view suffix = {}) {
        FS_ASSERT(!family_.empty());
        text_.append(family_).append(suffix);
        char before = '{';
        for (const Label& label : labels) {
            text_.append(1, before).append(label.name).append("=\"");
            append_escaped(text_, label.value);
            text_ += '"';
            before = ',';
        }
        if (labels.size() > 0) text_ += '}';
        text_.append(" ").append(text_of(value)).append("\n");
    }

    void gauge(std::string_view name, std::string_view help, auto value) {
        family(name, "gauge", help);
        sample(value);
    }
    void counter(std::string_view name, std::string_view help, auto value) {
        FS_ASSERT(name.ends_with("_total"));
        family(name, "counter", help);
        sample(value);
    }

    [[nodiscard]] std::string take() && { return std::move(text_); }

private:
    std::string text_;
    std::string family_;
};

double seconds(std::uint64_t us) noexcept { return static_cast<double>(us) / 1e6; }

void add_requests(Exposition& out, const Snapshot& snapshot) {
    out.family("filesrv_requests_total", "counter", "Requests answered, over all starts.");
    for (const RequestCount& count : snapshot.lifetime.by) out.sample(count.count, {{"method", count.method}, {"code", std::to_string(count.code)}});
    out.gauge("filesrv_requests_in_flight", "Requests received and not wholly answered.", snapshot.requests.in_flight);
    out.gauge("filesrv_requests_waiting", "Requests that wait for a worker.", snapshot.workers.waiting);
    out.counter("filesrv_errors_total", "Answers of 500 and more, over all starts.", snapshot.lifetime.errors);

    const LatencyFigures& latency = snapshot.latency;
    out.family("filesrv_request_duration_seconds", "histogram", "From the head complete to the last byte handed to the kernel, since the start.");
    for (const LatencyBucket& bucket : latency.buckets) out.sample(bucket.cumulative, {{"le", text_of(seconds(bucket.upper_us))}}, "_bucket");
    out.sample(latency.count, {{"le", "+Inf"}}, "_bucket");
    out.sample(seconds(latency.sum_us), {}, "_sum");
    out.sample(latency.count, {}, "_count");
}

void add_connections(Exposition& out, const Snapshot& snapshot) {
    const ConnectionFigures& connections = snapshot.connections;
    out.gauge("filesrv_connections", "Open client connections.", connections.now);
    out.gauge("filesrv_connections_peak", "The most at once since the start.", connections.peak);
    out.gauge("filesrv_connections_limit", "How many there may be.", connections.max);
    out.counter("filesrv_connections_accepted_total", "Connections admitted since the start.", connections.total);
    out.counter("filesrv_connections_refused_total", "Connections sent away for a limit since the start.", connections.refused);
    out.gauge("filesrv_timeout_seconds", "How long a connection may be idle now.", snapshot.timeout_s);
    if (snapshot.idle_exit_s) out.gauge("filesrv_idle_exit_seconds", "Until the daemon leaves if nobody asks for anything.", *snapshot.idle_exit_s);
}

void add_workers(Exposition& out, const WorkerFigures& workers) {
    out.family("filesrv_workers", "gauge", "Threads of the pool.");
    out.sample(workers.busy, {{"state", "busy"}});
    out.sample(workers.total - std::min(workers.total, workers.busy), {{"state", "idle"}});
    out.gauge("filesrv_workers_stuck", "Busy workers that one call has held for long.", workers.stuck);
    out.gauge("filesrv_workers_limit", "How many threads the pool may have.", workers.max);
}

void add_transfers(Exposition& out, const Snapshot& snapshot) {
    out.family("filesrv_bytes_total", "counter", "Bytes of all connections, over all starts.");
    out.sample(snapshot.lifetime.bytes_received, {{"direction", "in"}});
    out.sample(snapshot.lifetime.bytes_sent, {{"direction", "out"}});
    out.family("filesrv_uploads_total", "counter", "Files stored over all starts; uploads failed and refused since the start.");
    out.sample(snapshot.lifetime.uploads, {{"result", "stored"}});
    out.sample(snapshot.uploads.failed, {{"result", "failed"}});
    out.sample(snapshot.uploads.refused, {{"result", "refused"}});
    out.family("filesrv_transfers", "gauge", "Bodies under way.");
    out.sample(snapshot.downloads_in_flight, {{"direction", "download"}});
    out.sample(snapshot.uploads.in_flight, {{"direction", "upload"}});
}

void add_cache(Exposition& out, const CacheFigures& cache) {
    out.family("filesrv_cache_lookups_total", "counter", "Look-ups in the entry cache since the start.");
    out.sample(cache.hits, {{"result", "hit"}});
    out.sample(cache.misses, {{"result", "miss"}});
    out.counter("filesrv_cache_trusted_hits_total", "Hits for which nothing on disk was looked at.", cache.trusted);
    out.gauge("filesrv_cache_entries", "Files in the entry cache.", cache.entries);
    out.gauge("filesrv_cache_bytes", "Bytes that they take.", cache.bytes);
}

void add_process(Exposition& out, const Snapshot& snapshot) {
    const Lifetime& lifetime = snapshot.lifetime;
    out.counter("filesrv_starts_total", "Starts of the daemon.", lifetime.starts);
    out.family("filesrv_cold_start_seconds", "summary", "From the program's first instruction to the first byte, of starts for which a client waited.");
    out.sample(seconds(lifetime.cold_starts.total_us), {}, "_sum");
    out.sample(lifetime.cold_starts.count, {}, "_count");
    if (lifetime.last_exit_s > 0) out.gauge("filesrv_last_exit_timestamp_seconds", "When the daemon last left.", lifetime.last_exit_s);
    out.family("filesrv_log_lines_total", "counter", "Lines of the log since the start.");
    out.sample(snapshot.log_lines.warning, {{"level", "warning"}});
    out.sample(snapshot.log_lines.error, {{"level", "error"}});
    if (snapshot.pid == 0) return;
    out.gauge("process_start_time_seconds", "When the daemon started.", snapshot.started_at_s);
    out.gauge("process_resident_memory_bytes", "Resident memory.", snapshot.memory_bytes);
    if (snapshot.descriptors.open) out.gauge("process_open_fds", "Open descriptors.", *snapshot.descriptors.open);
    out.gauge("process_max_fds", "How many there may be.", snapshot.descriptors.limit);
}

}  // namespace

std::string metrics_text(const Snapshot& snapshot) {
    Exposition out;
    out.family("filesrv_up", "gauge", "1 while the daemon runs, 0 while it sleeps.");
    out.sample(snapshot.pid > 0 ? 1 : 0);
    out.family("filesrv_build_info", "gauge", "The version, as a label.");
    if (!snapshot.version.empty()) out.sample(1, {{"version", snapshot.version}});
    add_requests(out, snapshot);
    add_connections(out, snapshot);
    add_workers(out, snapshot.workers);
    add_transfers(out, snapshot);
    add_cache(out, snapshot.cache);
    add_process(out, snapshot);
    return std::move(out).take();
}

}  // namespace filesrv::observe
