// SPDX-License-Identifier: MIT
// What the daemon's options mean to the serving floor. What is Tunable may change while it serves; the rest is fixed then.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "base/clock.hpp"
#include "base/tunable.hpp"
#include "event/idle_wheel.hpp"
#include "http/host_policy.hpp"
#include "store/entry_cache.hpp"

namespace filesrv::serve {

enum class AccessLogFormat : std::uint8_t { off, short_line, common, combined, json, journal };

struct Settings {
    Tunable<Duration> timeout_min;         ///< of T(n)
    Tunable<Duration> timeout_max;
    Tunable<Duration> stall_timeout;       ///< a transfer whose peer moves no byte for so long is closed
    Tunable<Duration> idle_shutdown;       ///< 0 = never
    Tunable<Duration> drain_timeout;
    Tunable<std::size_t> connections_max;  ///< above it: 503 and close
    Tunable<std::size_t> per_address_max;  ///< 0 = no limit: then nobody counts, and it stays
    Tunable<std::size_t> workers_min = 2;
    Tunable<std::size_t> workers_max = 256;
    std::size_t reactors = 1;
    Tunable<std::size_t> inline_batch = 64;  ///< requests of a turn that the reactor may answer itself
    Tunable<std::uint64_t> upload_bytes_max;  ///< 0 = no limit
    std::size_t held_files_max = 64;       ///< of all forms that come with a digest: each has a descriptor
    Tunable<bool> uploads = true;
    Tunable<bool> deletes = false;
    Tunable<bool> listing = true;
    bool precompressed = false;            ///< send a file's compressed sibling to who takes it
    std::string cache_control;             ///< value of Cache-Control; empty = none
    std::string server_field;              ///< value of Server; empty = none
    http::HostPolicy hosts;
    store::EntryCacheLimits cache;
    AccessLogFormat access_log = AccessLogFormat::off;
    std::string access_log_path;           ///< empty = standard output

    [[nodiscard]] event::TimeoutRule timeout() const noexcept { return {.minimum = timeout_min, .maximum = timeout_max}; }
};

/// Takes over what is Tunable. One thread; those that read meanwhile see each value change by itself.
void tune(Settings& settings, const Settings& fresh) noexcept;

}  // namespace filesrv::serve
