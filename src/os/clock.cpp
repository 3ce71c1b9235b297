// SPDX-License-Identifier: MIT
// The system's clocks, clock_gettime(2).
#include "os/clock.hpp"

#include "base/assert.hpp"

#include <time.h>

namespace filesrv::os {
namespace {

Duration read_clock(clockid_t id) noexcept {
    timespec time{};
    FS_ASSERT(::clock_gettime(id, &time) == 0);
    return std::chrono::seconds(time.tv_sec) + std::chrono::nanoseconds(time.tv_nsec);
}

}  // namespace

Instant monotonic_now() noexcept { return Instant(read_clock(CLOCK_MONOTONIC)); }

WallTime wall_now() noexcept { return WallTime(read_clock(CLOCK_REALTIME)); }

std::chrono::minutes local_utc_offset(WallTime time) noexcept {
    const auto seconds = static_cast<time_t>(time.time_since_epoch().count() / 1'000'000'000);
    tm local{};
    if (::localtime_r(&seconds, &local) == nullptr) return std::chrono::minutes(0);
    return std::chrono::minutes(local.tm_gmtoff / 60);
}

}  // namespace filesrv::os
