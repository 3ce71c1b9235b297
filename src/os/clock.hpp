// SPDX-License-Identifier: MIT
// The system's clocks, clock_gettime(2).
#pragma once

#include "base/clock.hpp"

namespace filesrv::os {

/// CLOCK_MONOTONIC.
[[nodiscard]] Instant monotonic_now() noexcept;

/// CLOCK_REALTIME.
[[nodiscard]] WallTime wall_now() noexcept;

/// How far local time is ahead of UTC at that moment, localtime_r(3).
[[nodiscard]] std::chrono::minutes local_utc_offset(WallTime time) noexcept;

class SystemClock final : public Clock {
public:
    [[nodiscard]] Instant now() const noexcept override { return monotonic_now(); }
};

}  // namespace filesrv::os
