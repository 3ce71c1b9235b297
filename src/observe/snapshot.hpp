// SPDX-License-Identifier: MIT
// Snapshot: all figures of a daemon at one moment, and its connections one by one; as values, and as JSON both ways.
//
// The names of the JSON members are those of the fields here, and stay: scripts read them. What a writer adds later
// readers ignore, and what it leaves out keeps its default.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "observe/lifetime.hpp"

namespace filesrv::observe {

/// Changes when a member changes its meaning, not when one is added.
inline constexpr std::uint64_t snapshot_schema = 1;

struct ListenerFacts {
    std::string address;     ///< `127.0.0.1:8080`, `[::1]:80`, or the path of a Unix socket
    bool activated = false;  ///< a service manager keeps it

    bool operator==(const ListenerFacts&) const = default;
};

struct ConnectionFigures {
    std::uint64_t now = 0;      ///< n: what T(n) counts
    std::uint64_t peak = 0;     ///< the most at once
    std::uint64_t total = 0;    ///< admitted since the start
    std::uint64_t max = 0;      ///< the limit
    std::uint64_t refused = 0;  ///< sent away for a limit, or for want of a descriptor

    bool operator==(const ConnectionFigures&) const noexcept = default;
};

struct WorkerFigures {
    std::uint64_t busy = 0;        ///< with a request
    std::uint64_t total = 0;       ///< threads of the pool
    std::uint64_t peak = 0;        ///< the most threads at once
    std::uint64_t waiting = 0;     ///< requests that wait for a worker
    std::uint64_t stuck = 0;       ///< workers that a call holds for long
    std::uint64_t stuck_ever = 0;
    std::uint64_t max = 0;         ///< the limit

    bool operator==(const WorkerFigures&) const noexcept = default;
};

struct RequestFigures {
    std::uint64_t total = 0;      ///< whose head was complete, those in flight included
    std::uint64_t in_flight = 0;
    std::vector<RequestCount> by;  ///< answered, by method and code; sorted

    bool operator==(const RequestFigures&) const = default;
};

struct ByteFigures {
    std::uint64_t in = 0;
    std::uint64_t out = 0;

    bool operator==(const ByteFigures&) const noexcept = default;
};

/// What happened a second, on average over a while.
struct Rate {
    double requests = 0;  ///< that ended
    double in = 0;        ///< bytes
    double out = 0;

    bool operator==(const Rate&) const noexcept = default;
};

struct Rates {
    Rate over_1s;   ///< JSON: `1s`
    Rate over_10s;  ///< JSON: `10s`
    Rate over_60s;  ///< JSON: `60s`

    bool operator==(const Rates&) const noexcept = default;
};

struct LatencyBucket {
    std::uint64_t upper_us = 0;    ///< values below this ...
    std::uint64_t cumulative = 0;  ///< ... and how many of them there are: the smaller buckets included

    bool operator==(const LatencyBucket&) const noexcept = default;
};

/// From the head complete to the last byte handed to the kernel, of all answers that were sent whole. JSON: a bucket is a
/// pair.
struct LatencyFigures {
    std::uint64_t p50_us = 0;
    std::uint64_t p90_us = 0;
    std::uint64_t p99_us = 0;
    std::uint64_t max_us = 0;
    std::uint64_t count = 0;
    std::uint64_t sum_us = 0;
    std::vector<LatencyBucket> buckets;  ///< ascending; what is larger than all is in `count` alone

    bool operator==(const LatencyFigures&) const = default;
};

struct UploadFigures {
    std::uint64_t in_flight = 0;
    std::uint64_t stored = 0;   ///< files
    std::uint64_t failed = 0;   ///< begun, and not stored: the peer went, the disk was full
    std::uint64_t refused = 0;  ///< not begun: an answer of 4xx or 5xx before any byte of the body

    bool operator==(const UploadFigures&) const noexcept = default;
};

struct CacheFigures {
    std::uint64_t hits = 0;
    std::uint64_t misses = 0;
    std::uint64_t entries = 0;
    std::uint64_t bytes = 0;    ///< of file contents that are kept in memory
    std::uint64_t trusted = 0;  ///< hits for which nothing on disk was looked at

    bool operator==(const CacheFigures&) const noexcept = default;
};

struct LogLines {
    std::uint64_t warning = 0;
    std::uint64_t error = 0;

    bool operator==(const LogLines&) const noexcept = default;
};

struct DescriptorFigures {
    std::optional<std::uint64_t> open;
    std::uint64_t limit = 0;

    bool operator==(const DescriptorFigures&) const noexcept = default;
};

struct Snapshot {
    std::string state = "running";  ///< or `draining`; that a daemon is asleep only others can say
    std::string version;
    std::uint64_t pid = 0;
    std::int64_t started_at_s = 0;  ///< seconds since 1970
    double uptime_s = 0;
    std::string root;
    std::vector<ListenerFacts> listeners;
    std::string socket;             ///< of the control connection
    ConnectionFigures connections;
    double timeout_s = 0;           ///< T(n)
    double timeout_min_s = 0;
    double timeout_max_s = 0;
    double idle_shutdown_s = 0;     ///< 0 = never
    std::optional<double> idle_exit_s;  ///< from now; nothing: never, or not while requests are in flight
    WorkerFigures workers;
    RequestFigures requests;
    ByteFigures bytes;
    Rates rates;
    LatencyFigures latency;
    UploadFigures uploads;
    std::uint64_t downloads_in_flight = 0;  ///< JSON: `downloads`: {`in_flight`}
    CacheFigures cache;
    std::uint64_t errors = 0;       ///< answers of 500 and more
    LogLines log_lines;
    std::optional<double> cold_start_ms;  ///< of this start; nothing: nobody waited for it
    bool successor = false;         ///< a newer process serves beside this one
    bool predecessors = false;      ///< an older one does
    Lifetime lifetime;              ///< over all starts, what this process has done so far included
    std::string state_dir;          ///< empty: nothing is kept
    std::uint64_t memory_bytes = 0; ///< resident
    DescriptorFigures descriptors;

    bool operator==(const Snapshot&) const = default;
};

/// One line of JSON, no newline: to stand alone, or as a member of something larger.
[[nodiscard]] std::string to_json(const Snapshot& snapshot);

/// The same back. Nothing for what is no such object, has a member of another kind, or is of another schema.
[[nodiscard]] std::optional<Snapshot> parse_snapshot(std::string_view text);

struct TransferFacts {
    std::string direction;               ///< `download` or `upload`
    std::uint64_t done = 0;              ///< bytes of the body
    std::optional<std::uint64_t> total;  ///< nothing: unknown (chunked)
    double age_s = 0;

    bool operator==(const TransferFacts&) const = default;
};

struct ConnectionFacts {
    std::uint64_t id = 0;        ///< for kick; never used twice by one daemon
    std::string peer;
    double age_s = 0;
    std::string state;           ///< idle, receiving_head, active, reading_body, writing, closing
    std::optional<std::string> method;  ///< of the request under way, as the target
    std::optional<std::string> target;
    std::uint64_t requests = 0;  ///< so far
    std::uint64_t in = 0;        ///< bytes
    std::uint64_t out = 0;
    double rate = 0;             ///< bytes a second of the transfer under way
    std::optional<std::uint64_t> worker;  ///< 0 = the reactor itself; nothing: none holds it
    std::optional<double> timeout_s;      ///< until T(n) or the stall timeout; nothing while active
    std::optional<TransferFacts> transfer;

    bool operator==(const ConnectionFacts&) const = default;
};

/// An array, in one line.
[[nodiscard]] std::string to_json(std::span<const ConnectionFacts> connections);

/// The same back. Nothing for what is no such array.
[[nodiscard]] std::optional<std::vector<ConnectionFacts>> parse_connections(std::string_view text);

}  // namespace filesrv::observe
