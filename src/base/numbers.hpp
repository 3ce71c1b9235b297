// SPDX-License-Identifier: MIT
// Strict numbers from text: no sign, no blank, no prefix, overflow is an error.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string_view>

namespace filesrv {

/// Decimal digits only, the whole text, 0 … 2^64−1. Nothing for "", "+5", " 5", "0x5", or an overflow.
[[nodiscard]] std::optional<std::uint64_t> parse_decimal(std::string_view text) noexcept;

/// Hexadecimal digits only (either case), the whole text, at most 16 digits.
[[nodiscard]] std::optional<std::uint64_t> parse_hex(std::string_view text) noexcept;

/// Bytes: decimal digits with an optional suffix K, M, G or T (either case; powers of 1024). "64M" is 67108864.
[[nodiscard]] std::optional<std::uint64_t> parse_size(std::string_view text) noexcept;

/// Seconds with an optional fraction of up to nine digits: "60", "0.1", ".5" is refused. At most 10^9 seconds.
[[nodiscard]] std::optional<std::chrono::nanoseconds> parse_seconds(std::string_view text) noexcept;

/// The value of one hexadecimal digit, or −1.
[[nodiscard]] constexpr int hex_digit(char c) noexcept {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

}  // namespace filesrv
