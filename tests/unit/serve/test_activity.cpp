// SPDX-License-Identifier: MIT
// Who watches the figures is told once that a reactor has turned, and in the main loop.
#include "serve/activity.hpp"

#include <doctest/doctest.h>

#include <memory>

#include "event/loop.hpp"
#include "os/clock.hpp"

using namespace filesrv;
using namespace filesrv::serve;

TEST_CASE("a turn is told to who awaits it, once, and never in another thread's turn") {
    const os::SystemClock clock;
    const std::unique_ptr<event::Loop> main_loop = *event::Loop::create(clock);
    Activity activity;
    int told = 0;
    activity.set_listener([&] { ++told; });
    activity.turned(true, main_loop->inbox());
    CHECK(told == 0);  // nobody awaits it
    activity.await();
    activity.turned(true, main_loop->inbox());
    activity.turned(true, main_loop->inbox());
    CHECK(told == 1);
    activity.await();
    activity.turned(false, main_loop->inbox());
    activity.turned(false, main_loop->inbox());
    CHECK(told == 1);
    main_loop->turn(std::chrono::milliseconds(0));
    CHECK(told == 2);
}

TEST_CASE("a turn that is told after its listener has gone reaches nobody") {
    const os::SystemClock clock;
    const std::unique_ptr<event::Loop> main_loop = *event::Loop::create(clock);
    Activity activity;
    int told = 0;
    activity.set_listener([&] { ++told; });
    activity.await();
    activity.turned(false, main_loop->inbox());
    activity.forget_listener();
    main_loop->turn(std::chrono::milliseconds(0));
    activity.turned(true, main_loop->inbox());
    CHECK(told == 0);
}
