// SPDX-License-Identifier: MIT
// The configuration: every option as a typed value with its default. Reads nothing, opens nothing.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/log_level.hpp"

namespace filesrv::config {

/// Where to listen: a TCP address or a Unix socket.
struct ListenAddress {
    enum class Kind : std::uint8_t {
        localhost,       ///< both loopback families on one port
        all_interfaces,  ///< both families, every address
        host,            ///< one numeric address or a name to resolve; `host` has no brackets
        unix_socket,     ///< `path`
    };
    Kind kind = Kind::localhost;
    std::string host;
    std::uint16_t port = 0;  ///< 0 = a free one
    std::string path;

    bool operator==(const ListenAddress&) const = default;
};

/// What a 2xx to an upload means.
enum class Durability : std::uint8_t {
    full,  ///< file and folder are synced
    data,  ///< the file's data is synced
    none,  ///< the kernel has it
};

enum class AccessLogFormat : std::uint8_t {
    automatic,  ///< not configured: one short line a request when stdout is a terminal, else off
    off,
    common,
    combined,
    json,
};

struct AccessLog {
    AccessLogFormat format = AccessLogFormat::automatic;
    std::string path;  ///< empty = stdout

    bool operator==(const AccessLog&) const = default;
};

/// How many workers the pool keeps, and how many it may grow to.
struct WorkerRange {
    std::uint32_t min = 2;
    std::uint32_t max = 256;

    bool operator==(const WorkerRange&) const = default;
};

/// Fields are named like their keys in the configuration file. Sizes are bytes.
struct Config {
    std::string root = ".";
    std::vector<ListenAddress> listen{ListenAddress{.port = 8080}};
    std::vector<std::string> hosts;  ///< accepted in Host besides loopback's names; "*" = any

    Duration idle_shutdown = std::chrono::seconds(60);  ///< 0 = never
    Duration timeout_max = std::chrono::seconds(20);
    Duration timeout_min = std::chrono::seconds(5);
    Duration stall_timeout = std::chrono::seconds(60);
    Duration drain_timeout = std::chrono::seconds(30);

    std::uint32_t max_connections = 0;  ///< 0 = 90 % of the descriptor limit
    std::uint32_t per_address = 0;      ///< 0 = no limit
    WorkerRange workers;
    std::uint32_t reactors = 1;
    std::uint32_t inline_batch = 64;  ///< 0 = every request goes to another worker

    std::uint64_t max_upload = 0;  ///< 0 = no limit
    std::uint64_t min_free = 0;    ///< 0 = not looked at
    bool read_only = false;
    bool allow_delete = false;
    bool no_listing = false;
    bool hidden = false;
    bool no_follow_symlinks = false;
    bool precompressed = false;
    Durability durability = Durability::full;
    std::string cache_control = "no-cache";
    std::string server_header;  ///< empty = no such field

    std::string control;  ///< path of the control socket; empty = by environment
    std::string state;    ///< folder of the lifetime counters; empty = by environment
    AccessLog access_log;
    LogLevel log_level = LogLevel::info;
    bool no_sandbox = false;
    std::string user;  ///< become this user before serving; empty = stay

    bool operator==(const Config&) const = default;
};

/// What is wrong between options that are fine alone (timeout-min above timeout-max); nothing if all is well.
[[nodiscard]] std::optional<std::string> find_conflict(const Config& config);

}  // namespace filesrv::config
