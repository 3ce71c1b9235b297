// SPDX-License-Identifier: MIT
// Pollers and loops whose calls fail, by tests/support's seams.
#include <doctest/doctest.h>

#include <array>
#include <cerrno>
#include <chrono>

#include "../../support/failing.hpp"
#include "event/loop.hpp"
#include "event/poller.hpp"
#include "os/clock.hpp"

using namespace filesrv;
using namespace filesrv::event;
using namespace std::chrono_literals;
using filesrv::test::Failing;

TEST_CASE("where no call sleeps by the nanosecond, one that sleeps by the millisecond does, and no shorter") {
    for (const int code : {ENOSYS, EPERM}) {  // an older kernel; a sandbox
        CAPTURE(code);
        auto poller = Poller::create();
        REQUIRE(poller);
        std::array<Event, 4> room;
        const Failing failing("epoll_pwait2", code);
        for (int round = 0; round < 2; ++round) {
            const Instant begin = os::monotonic_now();
            CHECK(poller->wait(1500us, room).empty());
            CHECK(os::monotonic_now() - begin >= 1500us);
        }
        CHECK(failing.fired() == 1);  // it is not tried again
    }
}

TEST_CASE("a wait that a signal has interrupted brings nothing") {
    auto poller = Poller::create();
    REQUIRE(poller);
    std::array<Event, 4> room;
    const Failing failing("epoll_pwait2", EINTR);
    CHECK(poller->wait(1h, room).empty());
    const Failing other("epoll_wait", EINTR);
    CHECK(poller->wait(std::nullopt, room).empty());
}

TEST_CASE("a loop that cannot be made says which call failed") {
    const os::SystemClock clock;
    for (const char* call : {"epoll_create1", "eventfd", "epoll_ctl"}) {
        CAPTURE(call);
        const Failing failing(call, ENFILE);
        const auto loop = Loop::create(clock);
        REQUIRE_FALSE(loop);
        CHECK(loop.error().code == ENFILE);
        CHECK(loop.error().message().starts_with(call));
    }
}
