// SPDX-License-Identifier: MIT
// Strict numbers from text: no sign, no blank, no prefix, overflow is an error.
#include "base/numbers.hpp"

#include <limits>

namespace filesrv {
namespace {

constexpr std::uint64_t uint64_max = std::numeric_limits<std::uint64_t>::max();
constexpr std::uint64_t seconds_max = 1'000'000'000;

constexpr bool is_digit(char c) noexcept { return c >= '0' && c <= '9'; }

/// The factor of a size suffix, or 1 when the character is none.
constexpr std::uint64_t size_factor(char suffix) noexcept {
    switch (suffix) {
        case 'k': case 'K': return std::uint64_t{1} << 10;
        case 'm': case 'M': return std::uint64_t{1} << 20;
        case 'g': case 'G': return std::uint64_t{1} << 30;
        case 't': case 'T': return std::uint64_t{1} << 40;
        default: return 1;
    }
}

}  // namespace

std::optional<std::uint64_t> parse_decimal(std::string_view text) noexcept {
    if (text.empty()) return std::nullopt;
    std::uint64_t value = 0;
    for (const char c : text) {
        if (!is_digit(c)) return std::nullopt;
        const auto digit = static_cast<std::uint64_t>(c - '0');
        if (value > (uint64_max - digit) / 10) return std::nullopt;
        value = value * 10 + digit;
    }
    return value;
}

std::optional<std::uint64_t> parse_hex(std::string_view text) noexcept {
    if (text.empty() || text.size() > 16) return std::nullopt;
    std::uint64_t value = 0;
    for (const char c : text) {
        const int digit = hex_digit(c);
        if (digit < 0) return std::nullopt;
        value = value << 4 | static_cast<std::uint64_t>(digit);
    }
    return value;
}

std::optional<std::uint64_t> parse_size(std::string_view text) noexcept {
    if (text.empty()) return std::nullopt;
    const std::uint64_t factor = size_factor(text.back());
    if (factor != 1) text.remove_suffix(1);
    const auto count = parse_decimal(text);
    if (!count || *count > uint64_max / factor) return std::nullopt;
    return *count * factor;
}

std::optional<std::chrono::nanoseconds> parse_seconds(std::string_view text) noexcept {
    const auto dot = text.find('.');
    const auto whole = parse_decimal(text.substr(0, dot));
    if (!whole || *whole > seconds_max) return std::nullopt;
    std::chrono::nanoseconds value = std::chrono::seconds(static_cast<std::int64_t>(*whole));
    if (dot == std::string_view::npos) return value;
    const std::string_view fraction = text.substr(dot + 1);
    const auto digits = parse_decimal(fraction);
    if (!digits || fraction.size() > 9) return std::nullopt;
    std::int64_t scaled = static_cast<std::int64_t>(*digits);
    for (std::size_t i = fraction.size(); i < 9; ++i) scaled *= 10;
    return value + std::chrono::nanoseconds(scaled);
}

}  // namespace filesrv
