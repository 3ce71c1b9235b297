// SPDX-License-Identifier: MIT
// Sizes, times and dates as people read them.
#include "base/readable.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <string_view>

#include "base/assert.hpp"

namespace filesrv {
namespace {

constexpr std::array<std::string_view, 7> size_units = {"B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};

// 0000-01-01T00:00:00Z and 9999-12-31T23:59:59Z.
constexpr std::int64_t unix_seconds_min = -62'167'219'200;
constexpr std::int64_t unix_seconds_max = 253'402'300'799;

void append_tenths(std::string& out, std::uint64_t tenths) {
    append_padded(out, tenths / 10, 1);
    out += '.';
    append_padded(out, tenths % 10, 1);
}

}  // namespace

void append_padded(std::string& out, std::uint64_t number, unsigned width) {
    std::array<char, 20> digits;  // 2^64 has twenty
    const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), number);
    FS_ASSERT(end.ec == std::errc());
    const auto length = static_cast<std::size_t>(end.ptr - digits.data());
    if (length < width) out.append(width - length, '0');
    out.append(digits.data(), length);
}

void append_size(std::string& out, std::uint64_t bytes) {
    std::size_t unit = 0;
    std::uint64_t rest = 0;  // what the last division left, in 1024ths
    std::uint64_t whole = bytes;
    for (; whole >= 1024; ++unit) {
        rest = whole % 1024;
        whole /= 1024;
    }
    FS_ASSERT(unit < size_units.size());
    if (unit > 0 && whole < 10) {
        append_tenths(out, whole * 10 + rest * 10 / 1024);
    } else {
        append_padded(out, whole, 1);
    }
    out.append(" ").append(size_units[unit]);
}

void append_duration(std::string& out, Duration duration) {
    using namespace std::chrono;
    const Duration positive = std::max(duration, Duration::zero());
    const auto of = [](auto count) { return static_cast<std::uint64_t>(count); };
    if (positive < 10ms) {
        append_tenths(out, of(duration_cast<microseconds>(positive).count() / 100));
        out += " ms";
    } else if (positive < 10s) {
        append_padded(out, of(duration_cast<milliseconds>(positive).count()), 1);
        out += " ms";
    } else {
        append_padded(out, of(duration_cast<seconds>(positive).count()), 1);
        out += " s";
    }
}

CivilTime civil_time(std::int64_t seconds) noexcept {
    using namespace std::chrono;
    const sys_seconds moment{std::chrono::seconds(std::clamp(seconds, unix_seconds_min, unix_seconds_max))};
    const auto midnight = floor<days>(moment);
    const year_month_day date{midnight};
    const hh_mm_ss time{moment - midnight};
    FS_ASSERT(date.ok());
    return {.year = static_cast<int>(date.year()),
            .month = static_cast<unsigned>(date.month()),
            .day = static_cast<unsigned>(date.day()),
            .hour = static_cast<unsigned>(time.hours().count()),
            .minute = static_cast<unsigned>(time.minutes().count()),
            .second = static_cast<unsigned>(time.seconds().count())};
}

void append_timestamp(std::string& out, std::int64_t seconds) {
    const CivilTime time = civil_time(seconds);
    append_padded(out, static_cast<std::uint64_t>(time.year), 4);
    for (const auto& [mark, number] : {std::pair{'-', time.month}, {'-', time.day}, {'T', time.hour},
                                       {':', time.minute}, {':', time.second}}) {
        out += mark;
        append_padded(out, number, 2);
    }
    out += 'Z';
}

}  // namespace filesrv
