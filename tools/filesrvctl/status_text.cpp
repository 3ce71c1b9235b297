// SPDX-License-Identifier: MIT
// The status of a running daemon for people.
#include "tools/filesrvctl/status_text.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <map>

#include "base/assert.hpp"
#include "base/utf8.hpp"
#include "tools/filesrvctl/format.hpp"

namespace filesrv::ctl {
namespace {

constexpr std::size_t label_columns = 13;
constexpr const char* dot = " · ";
/// Codes that are told one by one; a server that is looked at has few others.
constexpr std::size_t codes_max = 6;

std::string label(std::string_view name, Style style) {
    FS_ASSERT(name.size() < label_columns);
    return style.paint(Colour::dim, std::string(name)) + std::string(label_columns - name.size(), ' ');
}

/// ` · 3 refused`, painted, when there is something to see.
std::string notable(std::uint64_t count, std::string_view words, Colour colour, Style style) {
    return count == 0 ? std::string() : dot + style.paint(colour, count_text(count) + ' ' + std::string(words));
}

std::string head_line(const observe::Snapshot& snapshot, Style style) {
    const bool running = snapshot.state == "running";
    std::string line = style.paint(Colour::bold, "filesrvd " + printable(snapshot.version)) + "  ";
    line += style.paint(running ? Colour::good : Colour::warning, printable(snapshot.state)) + " for " + duration_text(snapshot.uptime_s);
    line += ", pid " + std::to_string(snapshot.pid) + ", " + where_text(snapshot);
    if (snapshot.successor) line += style.paint(Colour::warning, ", a newer process serves beside it");
    if (snapshot.predecessors) line += style.paint(Colour::warning, ", an older one still finishes");
    return line;
}

std::string listeners_text(const observe::Snapshot& snapshot) {
    std::string text;
    bool activated = false;
    for (const observe::ListenerFacts& listener : snapshot.listeners) {
        text += (text.empty() ? "" : ", ") + printable(listener.address);
        activated = activated || listener.activated;
    }
    if (activated) text += "  (kept by the service manager)";
    return text.empty() ? "nowhere any more" : text;
}

std::string connections_text(const observe::Snapshot& snapshot, Style style) {
    const observe::ConnectionFigures& figures = snapshot.connections;
    return count_text(figures.now) + " now" + dot + count_text(figures.peak) + " peak" + dot + count_text(figures.total) + " total" + dot +
           count_text(figures.max) + " at most" + notable(figures.refused, "refused", Colour::warning, style);
}

std::string workers_text(const observe::Snapshot& snapshot, Style style) {
    const observe::WorkerFigures& workers = snapshot.workers;
    return count_text(workers.busy) + " busy" + dot + count_text(workers.total) + " of " + count_text(workers.max) + dot + count_text(workers.peak) +
           " peak" + dot + count_text(workers.waiting) + " waiting" + notable(workers.stuck, "stuck", Colour::bad, style);
}

/// Answers by code, over all methods: `200: 12,000  404: 45`.
std::string codes_text(const observe::Snapshot& snapshot, Style style) {
    std::map<std::uint64_t, std::uint64_t> codes;
    for (const observe::RequestCount& row : snapshot.requests.by) codes[row.code] += row.count;
    std::string text;
    std::size_t told = 0;
    for (const auto& [code, count] : codes) {
        if (told++ == codes_max) return text + " …";
        text += text.empty() ? "" : dot;
        text += style.paint(code >= 500 ? Colour::bad : Colour::plain, std::to_string(code) + ": " + count_text(count));
    }
    return text;
}

std::string per_second(double rate) {
    FS_ASSERT(std::isfinite(rate));
    if (rate >= 9.95 || rate < 0.05) return count_text(static_cast<std::uint64_t>(std::llround(std::clamp(rate, 0.0, 1e15))));
    std::array<char, 32> text;
    std::snprintf(text.data(), text.size(), "%.1f", rate);
    return text.data();
}

/// Over 1, 10 and 60 seconds.
std::string rates_text(const observe::Rates& rates) {
    const std::array all = {&rates.over_1s, &rates.over_10s, &rates.over_60s};
    const auto joined = [&](auto figure) {
        return figure(*all[0]) + " | " + figure(*all[1]) + " | " + figure(*all[2]);
    };
    return joined([](const observe::Rate& rate) { return per_second(rate.requests); }) + " requests/s   in " +
           joined([](const observe::Rate& rate) { return rate_text(rate.in); }) + "   out " +
           joined([](const observe::Rate& rate) { return rate_text(rate.out); });
}

std::string latency_line(const observe::LatencyFigures& latency) {
    if (latency.count == 0) return "no request yet";
    return "p50 " + latency_text(latency.p50_us) + dot + "p90 " + latency_text(latency.p90_us) + dot + "p99 " + latency_text(latency.p99_us) + dot +
           "at most " + latency_text(latency.max_us);
}

std::string transfers_text(const observe::Snapshot& snapshot, Style style) {
    const observe::UploadFigures& uploads = snapshot.uploads;
    return counted(snapshot.downloads_in_flight, "download") + dot + counted(uploads.in_flight, "upload") + dot + count_text(uploads.stored) +
           " stored" + notable(uploads.failed, "failed", Colour::warning, style) + notable(uploads.refused, "refused", Colour::plain, style) + dot +
           bytes_text(snapshot.bytes.in) + " in, " + bytes_text(snapshot.bytes.out) + " out";
}

std::string cache_text(const observe::CacheFigures& cache) {
    const std::uint64_t looks = cache.hits + cache.misses;
    const std::string rate = looks == 0 ? "–" : std::to_string(cache.hits * 100 / looks) + " % hits";
    return rate + dot + count_text(cache.entries) + (cache.entries == 1 ? " entry" : " entries") + dot + bytes_text(cache.bytes);
}

std::string process_text(const observe::Snapshot& snapshot, Style style) {
    std::string text = bytes_text(snapshot.memory_bytes) + dot;
    if (snapshot.descriptors.open) text += count_text(*snapshot.descriptors.open) + " of ";
    text += count_text(snapshot.descriptors.limit) + " descriptors";
    return text + notable(snapshot.errors, snapshot.errors == 1 ? "error (5xx)" : "errors (5xx)", Colour::bad, style) +
           notable(snapshot.log_lines.warning, snapshot.log_lines.warning == 1 ? "warning logged" : "warnings logged", Colour::warning, style) +
           notable(snapshot.log_lines.error, snapshot.log_lines.error == 1 ? "error logged" : "errors logged", Colour::bad, style);
}

std::string lifetime_text(const observe::Snapshot& snapshot) {
    const observe::Lifetime& lifetime = snapshot.lifetime;
    std::string text = counted(lifetime.starts, "start") + dot + counted(lifetime.requests, "request") + dot + bytes_text(lifetime.bytes_received) +
                       " in, " + bytes_text(lifetime.bytes_sent) + " out" + dot + counted(lifetime.uploads, "upload");
    if (snapshot.cold_start_ms) text += dot + std::string("cold start ") + latency_text(static_cast<std::uint64_t>(*snapshot.cold_start_ms * 1000));
    return text;
}

}  // namespace

std::string timeout_text(const observe::Snapshot& snapshot) {
    return duration_text(snapshot.timeout_s) + "  (" + duration_text(snapshot.timeout_max_s) + " less one for each connection, at least " +
           duration_text(snapshot.timeout_min_s) + ')';
}

std::string idle_exit_text(const observe::Snapshot& snapshot) {
    if (snapshot.idle_exit_s) return "in " + duration_text(std::ceil(*snapshot.idle_exit_s));
    if (snapshot.idle_shutdown_s <= 0) return "never";
    if (snapshot.requests.in_flight > 0) return "not while " + counted(snapshot.requests.in_flight, "request") + (snapshot.requests.in_flight == 1 ? " is" : " are") + " in flight";
    return "not now";
}

std::string where_text(const observe::Snapshot& snapshot) {
    if (snapshot.listeners.empty()) return "no listener";
    const std::string address = printable(snapshot.listeners.front().address);
    const bool is_path = address.starts_with('/') || address.starts_with("unix:") || address.starts_with('@');
    return is_path ? address : "http://" + address + '/';
}

std::vector<std::string> status_lines(const observe::Snapshot& snapshot, Style style) {
    std::vector<std::string> lines = {
        head_line(snapshot, style),
        label("root", style) + printable(snapshot.root),
        label("listening", style) + listeners_text(snapshot),
        label("connections", style) + connections_text(snapshot, style),
        label("timeout", style) + timeout_text(snapshot),
        label("idle exit", style) + style.paint(Colour::accent, idle_exit_text(snapshot)),
        label("workers", style) + workers_text(snapshot, style),
        label("requests", style) + count_text(snapshot.requests.total) + dot + count_text(snapshot.requests.in_flight) + " in flight",
        label("1|10|60 s", style) + rates_text(snapshot.rates),
        label("latency", style) + latency_line(snapshot.latency),
        label("transfers", style) + transfers_text(snapshot, style),
        label("cache", style) + cache_text(snapshot.cache),
        label("process", style) + process_text(snapshot, style),
        label("over all", style) + lifetime_text(snapshot),
    };
    if (const std::string codes = codes_text(snapshot, style); !codes.empty()) lines[7] += dot + codes;
    FS_ASSERT(lines.size() <= status_lines_max);
    return lines;
}

}  // namespace filesrv::ctl
