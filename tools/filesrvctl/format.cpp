// SPDX-License-Identifier: MIT
// Figures as people read them.
#include "tools/filesrvctl/format.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>

#include "base/assert.hpp"
#include "base/readable.hpp"

namespace filesrv::ctl {
namespace {

/// One decimal below ten, none above: more figures than that nobody compares.
std::string brief(double value) {
    FS_ASSERT(std::isfinite(value));
    std::array<char, 32> text;
    std::snprintf(text.data(), text.size(), value < 9.95 ? "%.1f" : "%.0f", value);
    return text.data();
}

std::string units(std::uint64_t large, const char* large_unit, std::uint64_t small, const char* small_unit) {
    std::string text = std::to_string(large) + ' ' + large_unit;
    if (small > 0) text += ' ' + std::to_string(small) + ' ' + small_unit;
    return text;
}

}  // namespace

std::string bytes_text(std::uint64_t bytes) {
    std::string text;
    append_size(text, bytes);
    return text;
}

std::string rate_text(double bytes_per_s) { 
    // No link moves more in a second; beyond it the number would not fit.
    constexpr double most = 1e18;
    return bytes_per_s >= 0.5 ? bytes_text(static_cast<std::uint64_t>(std::min(std::round(bytes_per_s), most))) + "/s" : "–";
}

std::string count_text(std::uint64_t count) {
    std::string text = std::to_string(count);
    for (auto at = static_cast<std::ptrdiff_t>(text.size()) - 3; at > 0; at -= 3) text.insert(static_cast<std::size_t>(at), ",");
    return text;
}

std::string counted(std::uint64_t count, std::string_view noun) {
    FS_ASSERT(!noun.empty());
    return count_text(count) + ' ' + std::string(noun) + (count == 1 ? "" : "s");
}

std::string duration_text(double seconds) {
    if (!(seconds > 0)) return "0 s";
    if (seconds < 9.95) return brief(seconds) + " s";
    const auto whole = static_cast<std::uint64_t>(std::min(std::round(seconds), 1e15));
    if (whole < 60) return std::to_string(whole) + " s";
    if (whole < 3600) return units(whole / 60, "min", whole % 60, "s");
    if (whole < 86400) return units(whole / 3600, "h", whole / 60 % 60, "min");
    return units(whole / 86400, "d", whole / 3600 % 24, "h");
}

std::string short_duration(double seconds) {
    if (!(seconds > 0)) return "0s";
    if (seconds < 9.95) return brief(seconds) + 's';
    const auto whole = static_cast<std::uint64_t>(std::min(std::round(seconds), 1e15));
    if (whole < 100) return std::to_string(whole) + 's';
    if (whole < 6000) return std::to_string(whole / 60) + 'm';
    if (whole < 172800) return std::to_string(whole / 3600) + 'h';
    return std::to_string(whole / 86400) + 'd';
}

std::string latency_text(std::uint64_t microseconds) {
    if (microseconds < 1000) return std::to_string(microseconds) + " µs";
    const double milliseconds = static_cast<double>(microseconds) / 1e3;
    if (milliseconds < 999.5) return brief(milliseconds) + " ms";
    return brief(milliseconds / 1e3) + " s";
}

std::string date_text(std::int64_t local_seconds) {
    const CivilTime time = civil_time(local_seconds);
    std::array<char, 64> text;
    std::snprintf(text.data(), text.size(), "%04d-%02u-%02u %02u:%02u:%02u", time.year, time.month, time.day, time.hour, time.minute,
                  time.second);
    return text.data();
}

}  // namespace filesrv::ctl
