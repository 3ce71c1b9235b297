// SPDX-License-Identifier: MIT
// What deadlines cost by their number: filing one, cancelling it, and a turn in which nobody is due.
#include <benchmark/benchmark.h>

#include <vector>

#include "base/assert.hpp"
#include "event/idle_wheel.hpp"
#include "event/timer_wheel.hpp"

namespace {

using namespace filesrv;
using namespace filesrv::event;

constexpr Instant start{std::chrono::hours(1)};
constexpr Duration timeout = std::chrono::seconds(5);

/// Spread over a minute, as connections that came one after the other are.
Duration spread(std::size_t number) { return std::chrono::milliseconds(100 + number * 7919 % 60'000); }

void schedule_and_cancel(benchmark::State& state) {
    std::vector<Timer> timers(static_cast<std::size_t>(state.range(0)));
    TimerWheel wheel(start);
    for (std::size_t i = 0; i < timers.size(); ++i) wheel.schedule(timers[i], start + spread(i));
    std::size_t i = 0;
    for (auto _ : state) {
        Timer& timer = timers[i++ % timers.size()];
        TimerWheel::cancel(timer);
        wheel.schedule(timer, start + spread(i));
    }
    FS_ASSERT(!wheel.empty());
}
BENCHMARK(schedule_and_cancel)->Arg(1)->Arg(1'000)->Arg(100'000);

void advance_past_nobody(benchmark::State& state) {
    std::vector<Timer> timers(static_cast<std::size_t>(state.range(0)));
    TimerWheel wheel(start);
    for (Timer& timer : timers) wheel.schedule(timer, start + std::chrono::hours(1));
    Instant now = start;
    const Duration step = std::chrono::minutes(30) / std::max<benchmark::IterationCount>(state.max_iterations, 1);
    for (auto _ : state) wheel.advance(now += step, [](Timer&) { FS_UNREACHABLE("nobody is due"); });
}
BENCHMARK(advance_past_nobody)->Arg(1)->Arg(1'000)->Arg(100'000);

/// A look at one member that has been active since: the price of its silence, paid once in T(n).
void look_and_file_again(benchmark::State& state) {
    std::vector<Timer> members(static_cast<std::size_t>(state.range(0)));
    IdleWheel wheel(start);
    Instant now = start;
    for (std::size_t i = 0; i < members.size(); ++i) wheel.file(members[i], start + spread(i));
    std::int64_t looks = 0;
    for (auto _ : state) {
        now += timeout;
        wheel.advance(now, [] { return timeout; }, [&](Timer& member) { wheel.file(member, now), ++looks; });
    }
    state.SetItemsProcessed(looks);
}
BENCHMARK(look_and_file_again)->Arg(1)->Arg(1'000)->Arg(100'000);

}  // namespace
