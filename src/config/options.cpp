// SPDX-License-Identifier: MIT
// The option table itself: letter, name, key, value, default, help.
#include "config/options.hpp"

#include "config/option_kinds.hpp"

namespace filesrv::config {
namespace {

constexpr std::uint64_t count_max = 1'000'000'000;

// clang-format off: a row is a row
constexpr OptionSpec table[] = {
    parsed_text<&Config::root, parse_nonempty>({'r', "root", "root", "DIR", ".",
        "the folder served; uploads land below it"}),
    list<&Config::listen, parse_listen>({'l', "listen", "listen", "ADDR", "localhost:8080",
        "HOST:PORT, [V6]:PORT, :PORT (all interfaces) or unix:PATH; repeatable; PORT 0 = a free one"}),
    list<&Config::hosts, parse_host>({0, "host", "hosts", "NAME", "loopback names",
        "a name accepted in Host besides loopback's; repeatable; * = any"}),
    seconds<&Config::idle_shutdown, Zero::allowed>({0, "idle-shutdown", "idle_shutdown", "SEC", "60",
        "leave after so long without a request; 0 = never"}),
    seconds<&Config::timeout_max, Zero::refused>({0, "timeout-max", "timeout_max", "SEC", "20",
        "an idle connection is closed after max(timeout-min, timeout-max - open connections)"}),
    seconds<&Config::timeout_min, Zero::refused>({0, "timeout-min", "timeout_min", "SEC", "5",
        "the shortest such time, however many connections are open"}),
    seconds<&Config::stall_timeout, Zero::refused>({0, "stall-timeout", "stall_timeout", "SEC", "60",
        "close a transfer whose peer neither takes nor gives a byte for so long"}),
    seconds<&Config::drain_timeout, Zero::allowed>({0, "drain-timeout", "drain_timeout", "SEC", "30",
        "how long a drain may take"}),
    number<&Config::max_connections, 0, count_max>(
        {0, "max-connections", "max_connections", "N", "90 % of the descriptor limit",
        "above it: 503 and close; 0 = the default"}),
    number<&Config::per_address, 0, count_max>({0, "per-address", "per_address", "N", "0",
        "connections from one address; 0 = no limit"}),
    parsed_text<&Config::workers, parse_workers>({0, "workers", "workers", "MIN:MAX", "2:256",
        "how many workers are kept, and how many there may be"}),
    number<&Config::reactors, 1, 64>({0, "reactors", "reactors", "N", "1",
        "threads that poll"}),
    number<&Config::inline_batch, 0, 65536>({0, "inline-batch", "inline_batch", "K", "64",
        "requests a turn that a polling thread may answer itself; 0 = none"}),
    size<&Config::max_upload>({0, "max-upload", "max_upload", "SIZE", "0",
        "a larger upload is refused with 413; 0 = no limit"}),
    size<&Config::min_free>({0, "min-free", "min_free", "SIZE", "0",
        "an upload that would leave less space is refused with 507; 0 = off"}),
    flag<&Config::read_only>({0, "read-only", "read_only", "", "off",
        "no uploads: 405"}),
    flag<&Config::allow_delete>({0, "allow-delete", "allow_delete", "", "off",
        "DELETE of files, If-Match honoured"}),
    flag<&Config::no_listing>({0, "no-listing", "no_listing", "", "off",
        "a folder without index.html is 403"}),
    flag<&Config::hidden>({0, "hidden", "hidden", "", "off",
        "serve and list names that start with a dot"}),
    flag<&Config::no_follow_symlinks>({0, "no-follow-symlinks", "no_follow_symlinks", "", "off",
        "links inside the root are 404 too; links that leave it always are"}),
    flag<&Config::precompressed>({0, "precompressed", "precompressed", "", "off",
        "send the siblings .zst, .br, .gz by Accept-Encoding"}),
    parsed_text<&Config::durability, parse_durability>(
        {0, "durability", "durability", "full|data|none", "full",
        "what a 2xx to an upload means: file and folder synced, data synced, or handed to the kernel"}),
    always_shown<&Config::cache_control>(parsed_text<&Config::cache_control, parse_field_value>(
        {0, "cache-control", "cache_control", "TEXT", "no-cache",
        "the Cache-Control field of answers; empty = none"})),
    parsed_text<&Config::server_header, parse_field_value>(
        {0, "server-header", "server_header", "TEXT", "none",
        "the Server field of answers"}),
    parsed_text<&Config::control, parse_nonempty>({0, "control", "control", "PATH", "in the runtime folder",
        "the control socket"}),
    parsed_text<&Config::state, parse_nonempty>({0, "state", "state", "DIR", "by environment, else none",
        "where lifetime counters are kept"}),
    parsed_text<&Config::access_log, parse_access_log>(
        {0, "access-log", "access_log", "off|common|combined|json[:PATH]",
        "a short line on a terminal, else off", "a line for every request"}),
    parsed_text<&Config::log_level, parse_log_level>({0, "log-level", "log_level", "LEVEL", "info",
        "trace, debug, info, warning or error"}),
    flag<&Config::no_sandbox>({0, "no-sandbox", "no_sandbox", "", "off",
        "keep rights outside the root that serving does not need"}),
    parsed_text<&Config::user, parse_nonempty>({0, "user", "user", "NAME", "stay, with a warning",
        "started as root: become this user before serving"}),
};
// clang-format on

}  // namespace

std::span<const OptionSpec> option_table() noexcept {
    return table;
}

std::string to_toml(const Config& config) {
    std::string out;
    for (const OptionSpec& option : table) {
        const std::string value = option.show(config);
        if (value.empty()) out.append("# ").append(option.key).append(" is unset: ").append(option.fallback);
        else out.append(option.key).append(" = ").append(value);
        out += '\n';
    }
    return out;
}

}  // namespace filesrv::config
