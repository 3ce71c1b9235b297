// SPDX-License-Identifier: MIT
// HTTP dates (RFC 9110 §5.6.7) without locale, time zone or system call.
#pragma once

#include "base/clock.hpp"

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

namespace filesrv::http {

/// `Sun, 06 Nov 1994 08:49:37 GMT`
struct DateText {
    std::array<char, 29> chars;
    [[nodiscard]] std::string_view view() const noexcept { return {chars.data(), chars.size()}; }
};

/// Whole seconds since 1970-01-01 UTC, rounded towards the past.
[[nodiscard]] std::int64_t unix_seconds(WallTime time) noexcept;

/// IMF-fixdate. Years outside 0–9999 are cut to the nearest that fits.
[[nodiscard]] DateText format_date(std::int64_t seconds) noexcept;

/// All three forms; the day's name must be a day's name, but need not be the right one. `now_seconds` settles
/// the century of RFC 850 years. Nothing for anything else, a leap second counts as the next second.
[[nodiscard]] std::optional<std::int64_t> parse_date(std::string_view text,
                                                     std::int64_t now_seconds) noexcept;

/// The text of the current second, formatted once a second. One per thread.
class DateCache {
public:
    [[nodiscard]] std::string_view at(WallTime now) noexcept;

private:
    std::int64_t second_ = INT64_MIN;
    DateText text_{};
};

}  // namespace filesrv::http
