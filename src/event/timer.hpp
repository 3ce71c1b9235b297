// SPDX-License-Identifier: MIT
// Timer: what a wheel holds, and the tick it counts in.
#pragma once

#include <cstdint>

#include "base/clock.hpp"
#include "base/intrusive_list.hpp"

namespace filesrv::event {

/// Wheel time: the monotonic clock in steps of 2^25 ns, about 33.5 ms.
using Tick = std::uint64_t;
inline constexpr int tick_bits = 25;
inline constexpr Duration tick_length{std::int64_t{1} << tick_bits};

/// The last tick that has begun at `when`; instants before the clock's zero count as zero.
[[nodiscard]] constexpr Tick tick_at(Instant when) noexcept {
    const std::int64_t ns = when.time_since_epoch().count();
    return ns <= 0 ? 0 : static_cast<Tick>(ns) >> tick_bits;
}

/// The first tick that begins at `when` or later.
[[nodiscard]] constexpr Tick tick_after(Instant when) noexcept {
    const std::int64_t ns = when.time_since_epoch().count();
    return ns <= 0 ? 0 : (static_cast<Tick>(ns) + (Tick{1} << tick_bits) - 1) >> tick_bits;
}

/// The instant at which a tick begins; the last one there is for ticks beyond it.
[[nodiscard]] constexpr Instant instant_of(Tick tick) noexcept {
    if (tick > tick_at(Instant::max())) return Instant::max();
    return Instant(Duration(static_cast<std::int64_t>(tick << tick_bits)));
}

/// A member of a wheel: links and a tick, 24 bytes. Derive from it. It is in one wheel at most; destroying it takes it out.
class Timer : public ListHook {
public:
    /// Under which tick it was filed last.
    [[nodiscard]] Tick tick() const noexcept { return tick_; }

private:
    friend class TimerWheel;
    friend class IdleWheel;

    Tick tick_ = 0;
};

}  // namespace filesrv::event
