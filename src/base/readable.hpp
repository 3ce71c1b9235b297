// SPDX-License-Identifier: MIT
// Sizes, times and dates as people read them. No locale, no time zone, no shared buffer.
#pragma once

#include <cstdint>
#include <string>

#include "base/clock.hpp"

namespace filesrv {

/// `0 B`, `1023 B`, `1.0 KiB`, `17 MiB`: one digit behind the point below ten, rounded down: never more than there is.
void append_size(std::string& out, std::uint64_t bytes);

/// `12 µs` is `0.0 ms`: milliseconds with a tenth below 10 ms, whole ones below 10 s, then seconds.
void append_duration(std::string& out, Duration duration);

/// A moment cut into fields, years 0–9999; outside, the nearest that fits.
struct CivilTime {
    int year;
    unsigned month, day, hour, minute, second;
};

/// Of whole seconds since 1970-01-01, the proleptic Gregorian calendar.
[[nodiscard]] CivilTime civil_time(std::int64_t seconds) noexcept;

/// Appends a number with leading zeros up to `width`.
void append_padded(std::string& out, std::uint64_t number, unsigned width);

/// `2026-11-23T03:09:13Z`, RFC 3339.
void append_timestamp(std::string& out, std::int64_t seconds);

}  // namespace filesrv
