// SPDX-License-Identifier: MIT
// What the daemon's options mean to the serving floor. Plain values, fixed once serving has begun.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "base/clock.hpp"
#include "event/idle_wheel.hpp"
#include "http/host_policy.hpp"
#include "store/entry_cache.hpp"

namespace filesrv::serve {

enum class AccessLogFormat : std::uint8_t { off, short_line, common, combined, json };

struct Settings {
    event::TimeoutRule timeout{};          ///< T(n)
    Duration stall_timeout{};              ///< a transfer whose peer moves no byte for so long is closed
    Duration idle_shutdown{};              ///< 0 = never
    Duration drain_timeout{};
    std::size_t connections_max = 0;       ///< above it: 503 and close
    std::size_t per_address_max = 0;       ///< 0 = no limit
    std::size_t workers_min = 2;
    std::size_t workers_max = 256;
    std::size_t reactors = 1;
    std::size_t inline_batch = 64;         ///< requests of a turn that the reactor may answer itself
    std::uint64_t upload_bytes_max = 0;    ///< 0 = no limit
    bool uploads = true;
    bool deletes = false;
    bool listing = true;
    bool hidden = false;                   ///< serve and list names that start with a dot
    bool precompressed = false;            ///< send a file's compressed sibling to who takes it
    std::string cache_control;             ///< value of Cache-Control; empty = none
    std::string server_field;              ///< value of Server; empty = none
    http::HostPolicy hosts;
    store::EntryCacheLimits cache;
    AccessLogFormat access_log = AccessLogFormat::off;
    std::string access_log_path;           ///< empty = standard output
};

}  // namespace filesrv::serve
