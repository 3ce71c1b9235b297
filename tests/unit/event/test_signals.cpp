// SPDX-License-Identifier: MIT
// Signals arrive in the loop, and the handlers of before come back.
#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <vector>

#include "event/loop.hpp"
#include "event/signals.hpp"
#include "os/clock.hpp"
#include "os/signals.hpp"

using namespace filesrv;
using namespace filesrv::event;

namespace {

volatile std::sig_atomic_t former_calls = 0;

void former(int) { former_calls = former_calls + 1; }

}  // namespace

TEST_CASE("chosen signals reach the callback in the loop, each as often as its handler ran") {
    const os::SystemClock clock;
    auto loop = Loop::create(clock).value();
    std::vector<int> seen;
    const std::array chosen{SIGUSR1, SIGHUP};
    const auto signals = Signals::create(loop->poller(), chosen, [&](int signal) { seen.push_back(signal); }).value();
    REQUIRE(std::raise(SIGHUP) == 0);
    REQUIRE(std::raise(SIGUSR1) == 0);
    REQUIRE(std::raise(SIGUSR1) == 0);
    CHECK(seen.empty());  // not before the loop turns
    while (seen.size() < 3) loop->turn();
    CHECK(std::ranges::count(seen, SIGUSR1) == 2);
    CHECK(std::ranges::count(seen, SIGHUP) == 1);
    loop->turn(Duration::zero());
    CHECK(seen.size() == 3);
    loop->turn(Duration::zero());
    CHECK(loop->batch_size() == 0);  // nothing is left that would keep the loop awake
}

TEST_CASE("the former handler comes back when the object goes, and a new object starts afresh") {
    const os::SystemClock clock;
    auto loop = Loop::create(clock).value();
    const auto handler = os::SignalHandler::install(SIGUSR2, former).value();
    const std::array chosen{SIGUSR2};
    for (int round = 0; round < 2; ++round) {
        former_calls = 0;
        int seen = 0;
        {
            const auto signals = Signals::create(loop->poller(), chosen, [&](int) { ++seen; }).value();
            REQUIRE(std::raise(SIGUSR2) == 0);
            CHECK(former_calls == 0);
            if (round == 1) while (seen == 0) loop->turn();
        }
        CHECK(seen == round);
        REQUIRE(std::raise(SIGUSR2) == 0);
        CHECK(former_calls == 1);
        loop->turn(Duration::zero());
        CHECK(seen == round);
    }
}

TEST_CASE("a signal that cannot be caught is refused, and those taken before it are given back") {
    const os::SystemClock clock;
    auto loop = Loop::create(clock).value();
    const auto handler = os::SignalHandler::install(SIGUSR2, former).value();
    const std::array chosen{SIGUSR2, SIGKILL};
    const auto refused = Signals::create(loop->poller(), chosen, [](int) {});
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code == EINVAL);
    former_calls = 0;
    REQUIRE(std::raise(SIGUSR2) == 0);
    CHECK(former_calls == 1);
}

TEST_CASE("an ignored SIGPIPE does not end the process") {
    os::ignore_sigpipe();
    CHECK(std::raise(SIGPIPE) == 0);
}
