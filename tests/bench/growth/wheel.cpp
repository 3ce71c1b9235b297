// SPDX-License-Identifier: MIT
// Works the idle wheel of a reactor with many connections, for callgrind to count the instructions of the part asked for.
// usage: wheel CONNECTIONS turns|looks TIMES
#include <chrono>
#include <cstdlib>
#include <iostream>
#include <string_view>
#include <vector>

#include "base/assert.hpp"
#include "base/numbers.hpp"
#include "event/idle_wheel.hpp"

namespace filesrv::growth {
namespace {

using event::IdleWheel;
using event::Timer;

constexpr Instant start{std::chrono::hours(1)};
constexpr Duration timeout = std::chrono::seconds(5);

/// Spread over T, as connections that came one after the other are.
Duration spread(std::size_t number, std::size_t count) {
    return timeout * static_cast<std::int64_t>(number) / static_cast<std::int64_t>(count);
}

/// One turn of a reactor: what is due is looked at, and the time to sleep is found.
void turn(IdleWheel& wheel, Instant now, std::uint64_t& looks) {
    wheel.advance(now, [] { return timeout; }, [&](Timer& member) { wheel.file(member, now), ++looks; });
    FS_ASSERT(wheel.next_look(timeout).has_value());
}

}  // namespace

/// Turns in which nobody is due: all that time costs while nothing happens but requests.
extern "C" [[gnu::noinline, gnu::used]] void measured_turns(IdleWheel& wheel, std::uint64_t times) {
    std::uint64_t looks = 0;
    for (std::uint64_t i = 0; i < times; ++i) turn(wheel, start + timeout, looks);
    FS_ASSERT(looks == 0);
}

/// As a reactor that has nothing else to do: asleep until somebody is due, who is looked at then, and filed again.
extern "C" [[gnu::noinline, gnu::used]] void measured_looks(IdleWheel& wheel, std::uint64_t times) {
    std::uint64_t looks = 0;
    while (looks < times) turn(wheel, *wheel.next_look(timeout), looks);
}

}  // namespace filesrv::growth

int main(int count, char** words) {
    using namespace filesrv;
    using namespace filesrv::growth;
    const auto members = count == 4 ? parse_decimal(words[1]) : std::nullopt;
    const auto times = count == 4 ? parse_decimal(words[3]) : std::nullopt;
    if (!members || !times || *members == 0) {
        std::cerr << "usage: wheel CONNECTIONS turns|looks TIMES\n";
        return 2;
    }
    std::vector<Timer> timers(static_cast<std::size_t>(*members));
    IdleWheel wheel(start);
    const Duration tick = 2 * event::tick_length;  // nobody is due in the very first turn
    for (std::size_t i = 0; i < timers.size(); ++i) wheel.file(timers[i], start + tick + spread(i, timers.size()));
    if (std::string_view(words[2]) == "turns") measured_turns(wheel, *times);
    else measured_looks(wheel, *times);
}
