// SPDX-License-Identifier: MIT
// Text to value and back, for everything an option can hold. Pure; strict.
#pragma once

#include <cstdint>
#include <expected>
#include <string>
#include <string_view>

#include "config/config.hpp"

namespace filesrv::config {

/// A text as errors quote it: `'5x'`. Controls are escaped, for errors are one line that goes to terminals.
[[nodiscard]] std::string in_quotes(std::string_view text);

/// A value, or what is wrong with its text: a clause that quotes it (`'5x' is not a whole number`).
template <class T>
using Parsed = std::expected<T, std::string>;

/// `HOST:PORT`, `[V6]:PORT`, `:PORT` (all interfaces), `localhost:PORT` (both families), `unix:PATH`.
[[nodiscard]] Parsed<ListenAddress> parse_listen(std::string_view text);

/// 0 … 65535; 0 = a free one.
[[nodiscard]] Parsed<std::uint16_t> parse_port(std::string_view text);

/// `MIN:MAX`, or one number for both; 1 … 4096 each.
[[nodiscard]] Parsed<WorkerRange> parse_workers(std::string_view text);

/// `full`, `data` or `none`.
[[nodiscard]] Parsed<Durability> parse_durability(std::string_view text);

/// `off`, or `common`, `combined`, `json`, each with an optional `:PATH`.
[[nodiscard]] Parsed<AccessLog> parse_access_log(std::string_view text);

/// `trace`, `debug`, `info`, `warning` (or `warn`), `error`.
[[nodiscard]] Parsed<LogLevel> parse_log_level(std::string_view text);

/// A name or address for Host, without a port, or `*`. Lower-cased.
[[nodiscard]] Parsed<std::string> parse_host(std::string_view text);

/// Text that goes into an answer's field: no control characters (RFC 9110 section 5.5).
[[nodiscard]] Parsed<std::string> parse_field_value(std::string_view text);

/// Any text but none, without a NUL: a path, a user's name.
[[nodiscard]] Parsed<std::string> parse_nonempty(std::string_view text);

/// The text as a TOML basic string, quotes included.
[[nodiscard]] std::string quoted(std::string_view text);

/// The inverse of parse_listen: `localhost:8080`, `[::1]:80`, `:80`, `unix:/run/x`.
[[nodiscard]] std::string to_text(const ListenAddress& address);
[[nodiscard]] std::string to_text(Durability durability);
[[nodiscard]] std::string to_text(const AccessLog& log);
[[nodiscard]] std::string to_text(LogLevel level);
[[nodiscard]] std::string to_text(const WorkerRange& range);

/// Seconds without needless digits: `60`, `0.1`.
[[nodiscard]] std::string to_text(Duration duration);

}  // namespace filesrv::config
