// SPDX-License-Identifier: MIT
// Text to value and back. Every error quotes the text and says what would do.
#include "config/values.hpp"

#include <algorithm>
#include <array>
#include <limits>
#include <optional>
#include <utility>

#include "base/assert.hpp"
#include "base/numbers.hpp"
#include "base/utf8.hpp"

namespace filesrv::config {
namespace {

constexpr std::uint32_t workers_max = 4096;
constexpr std::size_t unix_path_bytes_max = 107;  // unix(7)

template <class Enum, std::size_t N>
using Names = std::array<std::pair<std::string_view, Enum>, N>;

// The first name of a value is the one that is printed.
constexpr Names<Durability, 3> durability_names{
    {{"full", Durability::full}, {"data", Durability::data}, {"none", Durability::none}}};
constexpr Names<LogLevel, 6> log_level_names{{{"trace", LogLevel::trace},
                                              {"debug", LogLevel::debug},
                                              {"info", LogLevel::info},
                                              {"warning", LogLevel::warning},
                                              {"warn", LogLevel::warning},
                                              {"error", LogLevel::error}}};
constexpr Names<AccessLogFormat, 4> access_log_names{{{"off", AccessLogFormat::off},
                                                      {"common", AccessLogFormat::common},
                                                      {"combined", AccessLogFormat::combined},
                                                      {"json", AccessLogFormat::json}}};

template <class Enum, std::size_t N>
std::optional<Enum> find_value(const Names<Enum, N>& names, std::string_view text) noexcept {
    for (const auto& [name, value] : names)
        if (name == text) return value;
    return std::nullopt;
}

template <class Enum, std::size_t N>
std::string_view find_name(const Names<Enum, N>& names, Enum value) noexcept {
    for (const auto& [name, candidate] : names)
        if (candidate == value) return name;
    FS_UNREACHABLE("a value without a name");
}

std::unexpected<std::string> wrong(std::string_view text, std::string_view why) {
    return std::unexpected(in_quotes(text) + ' ' + std::string(why));
}

bool is_control(char c) noexcept {
    const auto byte = static_cast<unsigned char>(c);
    return byte < 0x20 || byte == 0x7f;
}

Parsed<ListenAddress> parse_unix(std::string_view text, std::string_view path) {
    if (path.empty()) return wrong(text, "names no path after unix:");
    if (path.size() > unix_path_bytes_max)
        return wrong(text, "is longer than the 107 bytes a socket's path may have");
    if (std::any_of(path.begin(), path.end(), is_control)) return wrong(text, "holds a control character");
    return ListenAddress{.kind = ListenAddress::Kind::unix_socket, .path = std::string(path)};
}

}  // namespace

std::string in_quotes(std::string_view text) {
    return '\'' + printable(text) + '\'';
}

Parsed<std::uint16_t> parse_port(std::string_view text) {
    const auto number = parse_decimal(text);
    if (!number || *number > std::numeric_limits<std::uint16_t>::max())
        return wrong(text, "is not a port (0 to 65535)");
    return static_cast<std::uint16_t>(*number);
}

Parsed<ListenAddress> parse_listen(std::string_view text) {
    if (text.starts_with("unix:")) return parse_unix(text, text.substr(5));
    const std::size_t colon = text.rfind(':');
    if (colon == std::string_view::npos)
        return wrong(text, "is not HOST:PORT, [V6]:PORT, :PORT or unix:PATH");
    const auto port = parse_port(text.substr(colon + 1));
    if (!port) return wrong(text, "does not end in a port (0 to 65535)");

    std::string_view host = text.substr(0, colon);
    ListenAddress address{.kind = ListenAddress::Kind::host, .port = *port};
    if (host.empty()) {
        address.kind = ListenAddress::Kind::all_interfaces;
        return address;
    }
    const bool bracketed = host.starts_with('[') && host.ends_with(']');
    if (bracketed) host = host.substr(1, host.size() - 2);
    if (bracketed != (host.find(':') != std::string_view::npos))
        return wrong(text, bracketed ? "has no IPv6 address in its brackets"
                                     : "needs brackets around an IPv6 address");
    if (host.find_first_of(" \t[]/@") != std::string_view::npos ||
        std::any_of(host.begin(), host.end(), is_control))
        return wrong(text, "holds no well-formed host");
    if (host == "localhost") address.kind = ListenAddress::Kind::localhost;
    else address.host = host;
    return address;
}

Parsed<WorkerRange> parse_workers(std::string_view text) {
    const std::size_t colon = text.find(':');
    const auto min = parse_decimal(text.substr(0, colon));
    const auto max = colon == std::string_view::npos ? min : parse_decimal(text.substr(colon + 1));
    if (!min || !max) return wrong(text, "is not MIN:MAX");
    if (*min < 1 || *max > workers_max || *min > *max)
        return wrong(text, "is not MIN:MAX with 1 <= MIN <= MAX <= 4096");
    return WorkerRange{.min = static_cast<std::uint32_t>(*min), .max = static_cast<std::uint32_t>(*max)};
}

Parsed<Durability> parse_durability(std::string_view text) {
    if (const auto value = find_value(durability_names, text)) return *value;
    return wrong(text, "is not full, data or none");
}

Parsed<LogLevel> parse_log_level(std::string_view text) {
    if (const auto value = find_value(log_level_names, text)) return *value;
    return wrong(text, "is not trace, debug, info, warning or error");
}

Parsed<AccessLog> parse_access_log(std::string_view text) {
    const std::size_t colon = text.find(':');
    const auto format = find_value(access_log_names, text.substr(0, colon));
    if (!format) return wrong(text, "is not off, common, combined or json, with an optional :PATH");
    if (colon == std::string_view::npos) return AccessLog{.format = *format};
    const std::string_view path = text.substr(colon + 1);
    if (path.empty()) return wrong(text, "names no path after its colon");
    if (*format == AccessLogFormat::off) return wrong(text, "names a path for a log that is off");
    return AccessLog{.format = *format, .path = std::string(path)};
}

Parsed<std::string> parse_host(std::string_view text) {
    if (text == "*") return std::string(text);
    const bool bracketed = text.starts_with('[') && text.ends_with(']');
    const std::string_view bare = bracketed ? text.substr(1, text.size() - 2) : text;
    if (bare.empty() || bare.size() > 253)
        return wrong(text, "is not a host name");  // RFC 1035 section 2.3.4
    const bool well_formed = std::all_of(bare.begin(), bare.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
               c == '.' || c == '_' || c == ':';
    });
    if (!well_formed) return wrong(text, "is not a host name");
    if (!bracketed && bare.find(':') != std::string_view::npos)
        return wrong(text, "is a host name with a port; leave the port out");
    std::string lower(text);
    for (char& c : lower)
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    return lower;
}

Parsed<std::string> parse_field_value(std::string_view text) {
    if (std::any_of(text.begin(), text.end(), is_control)) return wrong(text, "holds a control character");
    return std::string(text);
}

Parsed<std::string> parse_nonempty(std::string_view text) {
    if (text.empty()) return std::unexpected("must not be empty");
    if (text.find('\0') != std::string_view::npos) return std::unexpected("holds a NUL");
    return std::string(text);
}

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

std::string to_text(const ListenAddress& address) {
    const std::string port = ':' + std::to_string(address.port);
    switch (address.kind) {
        case ListenAddress::Kind::localhost: return "localhost" + port;
        case ListenAddress::Kind::all_interfaces: return port;
        case ListenAddress::Kind::unix_socket: return "unix:" + address.path;
        case ListenAddress::Kind::host:
            return (address.host.find(':') == std::string::npos ? address.host : '[' + address.host + ']') +
                   port;
    }
    FS_UNREACHABLE("an address of no kind");
}

std::string to_text(Durability durability) {
    return std::string(find_name(durability_names, durability));
}

std::string to_text(LogLevel level) {
    return std::string(find_name(log_level_names, level));
}

std::string to_text(const AccessLog& log) {
    FS_ASSERT(log.format != AccessLogFormat::automatic);  // has no text: it is the absence of a choice
    const std::string format(find_name(access_log_names, log.format));
    return log.path.empty() ? format : format + ':' + log.path;
}

std::string to_text(const WorkerRange& range) {
    FS_ASSERT(range.min <= range.max);
    return std::to_string(range.min) + ':' + std::to_string(range.max);
}

std::string to_text(Duration duration) {
    FS_ASSERT(duration >= Duration::zero());
    constexpr std::int64_t billion = 1'000'000'000;
    std::string text = std::to_string(duration.count() / billion);
    const std::int64_t rest = duration.count() % billion;
    if (rest == 0) return text;
    std::string digits = std::to_string(billion + rest).substr(1);  // nine, leading zeros kept
    digits.resize(digits.find_last_not_of('0') + 1);
    return text + '.' + digits;
}

}  // namespace filesrv::config
