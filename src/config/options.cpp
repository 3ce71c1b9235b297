// SPDX-License-Identifier: MIT
// The option table. Each row is built by the maker of its kind, which knows how such a member is parsed and shown; the
// rows themselves only say what is particular.
#include "config/options.hpp"

#include <algorithm>
#include <limits>

#include "base/assert.hpp"
#include "base/numbers.hpp"

namespace filesrv::config {
namespace {

std::string quoted(std::string_view text) {
    static constexpr char digits[] = "0123456789abcdef";
    std::string out = "\"";
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        if (byte < 0x20 || byte == 0x7f) {
            out += "\\u00";
            out += digits[byte >> 4];
            out += digits[byte & 15];
            continue;
        }
        if (c == '"' || c == '\\') out += '\\';
        out += c;
    }
    return out + '"';
}

/// What a row says of itself, whatever its kind.
struct Words {
    char letter = 0;
    std::string_view name;
    std::string_view key;
    std::string_view value = {};
    std::string_view fallback;
    std::string_view help;
};

constexpr OptionSpec row(const Words& words, ValueKind kind, decltype(OptionSpec::set) set, decltype(OptionSpec::show) show,
                         decltype(OptionSpec::clear) clear = nullptr) {
    return OptionSpec{.letter = words.letter, .name = words.name, .key = words.key, .value = words.value, .kind = kind,
                      .fallback = words.fallback, .help = words.help, .set = set, .show = show, .clear = clear};
}

template <bool Config::*Member>
constexpr OptionSpec flag(const Words& words) {
    return row(
        words, ValueKind::flag,
        [](Config& config, std::string_view text) -> Parsed<void> {
            if (text != "true" && text != "false") return std::unexpected('\'' + std::string(text) + "' is not true or false");
            config.*Member = text == "true";
            return {};
        },
        [](const Config& config) { return std::string(config.*Member ? "true" : "false"); });
}

template <auto Member, std::uint64_t Min, std::uint64_t Max>
constexpr OptionSpec number(const Words& words) {
    return row(
        words, ValueKind::number,
        [](Config& config, std::string_view text) -> Parsed<void> {
            const auto parsed = parse_decimal(text);
            if (!parsed || *parsed < Min || *parsed > Max)
                return std::unexpected('\'' + std::string(text) + "' is not a whole number from " + std::to_string(Min) + " to " +
                                       std::to_string(Max));
            config.*Member = static_cast<std::uint32_t>(*parsed);
            return {};
        },
        [](const Config& config) { return std::to_string(config.*Member); });
}

template <std::uint64_t Config::*Member>
constexpr OptionSpec size(const Words& words) {
    return row(
        words, ValueKind::size,
        [](Config& config, std::string_view text) -> Parsed<void> {
            const auto parsed = parse_size(text);
            // TOML's integers are signed: a size above 2^63-1 could not be printed and read back.
            if (!parsed || *parsed > std::numeric_limits<std::int64_t>::max())
                return std::unexpected('\'' + std::string(text) + "' is not a size (bytes, or with a suffix K, M, G, T)");
            config.*Member = *parsed;
            return {};
        },
        [](const Config& config) { return std::to_string(config.*Member); });
}

enum class Zero { allowed, refused };

template <Duration Config::*Member, Zero zero>
constexpr OptionSpec seconds(const Words& words) {
    return row(
        words, ValueKind::seconds,
        [](Config& config, std::string_view text) -> Parsed<void> {
            const auto parsed = parse_seconds(text);
            if (!parsed) return std::unexpected('\'' + std::string(text) + "' is not a number of seconds (such as 60 or 0.5)");
            if (zero == Zero::refused && *parsed == Duration::zero()) return std::unexpected("must be above 0");
            config.*Member = *parsed;
            return {};
        },
        [](const Config& config) { return to_text(config.*Member); });
}

/// A text as TOML; nothing where it is unset.
std::string shown(const std::string& text) { return text.empty() ? text : quoted(text); }
std::string shown(const AccessLog& log) {
    return log.format == AccessLogFormat::automatic ? std::string() : quoted(to_text(log));
}
std::string shown(Durability durability) { return quoted(to_text(durability)); }
std::string shown(LogLevel level) { return quoted(to_text(level)); }
std::string shown(const WorkerRange& range) { return quoted(to_text(range)); }

/// A member whose text `parse` understands.
template <auto Member, auto parse>
constexpr OptionSpec parsed_text(const Words& words) {
    return row(
        words, ValueKind::text,
        [](Config& config, std::string_view text) -> Parsed<void> {
            auto value = parse(text);
            if (!value) return std::unexpected(value.error());
            config.*Member = *std::move(value);
            return {};
        },
        [](const Config& config) { return shown(config.*Member); });
}

/// For a text whose default is not empty: an empty one is a choice, not the lack of one.
template <std::string Config::*Member>
constexpr OptionSpec always_shown(OptionSpec spec) {
    spec.show = [](const Config& config) { return quoted(config.*Member); };
    return spec;
}

Parsed<std::string> parse_nonempty(std::string_view text) {
    if (text.empty()) return std::unexpected("must not be empty");
    if (text.find('\0') != std::string_view::npos) return std::unexpected("holds a NUL");
    return std::string(text);
}

template <auto Member, auto parse, auto text_of>
constexpr OptionSpec list(const Words& words) {
    return row(
        words, ValueKind::list,
        [](Config& config, std::string_view text) -> Parsed<void> {
            auto value = parse(text);
            if (!value) return std::unexpected(value.error());
            (config.*Member).push_back(*std::move(value));
            return {};
        },
        [](const Config& config) {
            std::string out;
            for (const auto& value : config.*Member) out += (out.empty() ? "[" : ", ") + quoted(text_of(value));
            return out.empty() ? out : out + ']';
        },
        [](Config& config) { (config.*Member).clear(); });
}

const std::string& same(const std::string& text) { return text; }

std::string listen_text(const ListenAddress& address) { return to_text(address); }

constexpr std::uint64_t count_max = 1'000'000'000;

constexpr OptionSpec table[] = {
    parsed_text<&Config::root, parse_nonempty>({.letter = 'r', .name = "root", .key = "root", .value = "DIR", .fallback = ".",
        .help = "the folder served; uploads land below it"}),
    list<&Config::listen, parse_listen, listen_text>({.letter = 'l', .name = "listen", .key = "listen", .value = "ADDR",
        .fallback = "localhost:8080", .help = "HOST:PORT, [V6]:PORT, :PORT (all interfaces) or unix:PATH; repeatable; PORT 0 = a free one"}),
    list<&Config::hosts, parse_host, same>({.name = "host", .key = "hosts", .value = "NAME", .fallback = "loopback names",
        .help = "a name accepted in Host besides loopback's; repeatable; * = any"}),
    seconds<&Config::idle_shutdown, Zero::allowed>({.name = "idle-shutdown", .key = "idle_shutdown", .value = "SEC",
        .fallback = "60", .help = "leave after so long without a request; 0 = never"}),
    seconds<&Config::timeout_max, Zero::refused>({.name = "timeout-max", .key = "timeout_max", .value = "SEC", .fallback = "20",
        .help = "an idle connection is closed after max(timeout-min, timeout-max - open connections)"}),
    seconds<&Config::timeout_min, Zero::refused>({.name = "timeout-min", .key = "timeout_min", .value = "SEC", .fallback = "5",
        .help = "the shortest such time, however many connections are open"}),
    seconds<&Config::stall_timeout, Zero::refused>({.name = "stall-timeout", .key = "stall_timeout", .value = "SEC",
        .fallback = "60", .help = "close a transfer whose peer neither takes nor gives a byte for so long"}),
    seconds<&Config::drain_timeout, Zero::allowed>({.name = "drain-timeout", .key = "drain_timeout", .value = "SEC",
        .fallback = "30", .help = "how long a drain may take"}),
    number<&Config::max_connections, 0, count_max>({.name = "max-connections", .key = "max_connections", .value = "N",
        .fallback = "90 % of the descriptor limit", .help = "above it: 503 and close; 0 = the default"}),
    number<&Config::per_address, 0, count_max>({.name = "per-address", .key = "per_address", .value = "N", .fallback = "0",
        .help = "connections from one address; 0 = no limit"}),
    parsed_text<&Config::workers, parse_workers>({.name = "workers", .key = "workers", .value = "MIN:MAX", .fallback = "2:256",
        .help = "how many workers are kept, and how many there may be"}),
    number<&Config::reactors, 1, 64>({.name = "reactors", .key = "reactors", .value = "N", .fallback = "1",
        .help = "threads that poll"}),
    number<&Config::inline_batch, 0, 65536>({.name = "inline-batch", .key = "inline_batch", .value = "K", .fallback = "64",
        .help = "requests a turn that a polling thread may answer itself; 0 = none"}),
    size<&Config::max_upload>({.name = "max-upload", .key = "max_upload", .value = "SIZE", .fallback = "0",
        .help = "a larger upload is refused with 413; 0 = no limit"}),
    size<&Config::min_free>({.name = "min-free", .key = "min_free", .value = "SIZE", .fallback = "0",
        .help = "an upload that would leave less space is refused with 507; 0 = off"}),
    flag<&Config::read_only>({.name = "read-only", .key = "read_only", .fallback = "off", .help = "no uploads: 405"}),
    flag<&Config::allow_delete>({.name = "allow-delete", .key = "allow_delete", .fallback = "off",
        .help = "DELETE of files, If-Match honoured"}),
    flag<&Config::no_listing>({.name = "no-listing", .key = "no_listing", .fallback = "off",
        .help = "a folder without index.html is 403"}),
    flag<&Config::hidden>({.name = "hidden", .key = "hidden", .fallback = "off",
        .help = "serve and list names that start with a dot"}),
    flag<&Config::no_follow_symlinks>({.name = "no-follow-symlinks", .key = "no_follow_symlinks", .fallback = "off",
        .help = "links inside the root are 404 too; links that leave it always are"}),
    flag<&Config::precompressed>({.name = "precompressed", .key = "precompressed", .fallback = "off",
        .help = "send the siblings .zst, .br, .gz by Accept-Encoding"}),
    parsed_text<&Config::durability, parse_durability>({.name = "durability", .key = "durability", .value = "full|data|none",
        .fallback = "full", .help = "what a 2xx to an upload means: file and folder synced, data synced, or handed to the kernel"}),
    always_shown<&Config::cache_control>(parsed_text<&Config::cache_control, parse_field_value>({.name = "cache-control",
        .key = "cache_control", .value = "TEXT", .fallback = "no-cache", .help = "the Cache-Control field of answers; empty = none"})),
    parsed_text<&Config::server_header, parse_field_value>({.name = "server-header", .key = "server_header", .value = "TEXT",
        .fallback = "none", .help = "the Server field of answers"}),
    parsed_text<&Config::control, parse_nonempty>({.name = "control", .key = "control", .value = "PATH",
        .fallback = "in the runtime folder", .help = "the control socket"}),
    parsed_text<&Config::state, parse_nonempty>({.name = "state", .key = "state", .value = "DIR",
        .fallback = "by environment, else none", .help = "where lifetime counters are kept"}),
    parsed_text<&Config::access_log, parse_access_log>({.name = "access-log", .key = "access_log",
        .value = "off|common|combined|json[:PATH]", .fallback = "a short line on a terminal, else off",
        .help = "a line for every request"}),
    parsed_text<&Config::log_level, parse_log_level>({.name = "log-level", .key = "log_level", .value = "LEVEL",
        .fallback = "info", .help = "trace, debug, info, warning or error"}),
    parsed_text<&Config::user, parse_nonempty>({.name = "user", .key = "user", .value = "NAME",
        .fallback = "stay, with a warning", .help = "started as root: become this user before serving"}),
};

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
