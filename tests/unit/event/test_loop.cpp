// SPDX-License-Identifier: MIT
// The turn of a loop: what it waits for, in which order it calls.
#include <doctest/doctest.h>

#include <string>
#include <thread>
#include <vector>

#include "event/loop.hpp"
#include "os/clock.hpp"
#include "os/pipe.hpp"

using namespace filesrv;
using namespace filesrv::event;
using namespace std::chrono_literals;

namespace {

struct Task final : Loop::TimerTask {
    std::vector<std::string>* log = nullptr;
    Loop* loop = nullptr;
    Duration period{};  ///< zero = once
    void on_time() noexcept override {
        log->push_back("timer");
        if (period > Duration::zero()) loop->timers().schedule(*this, loop->now() + period);
    }
};

struct Post final : Message {
    std::vector<std::string>* log = nullptr;
    void deliver() noexcept override { log->push_back("message"); }
};

struct Wake final : Watch {
    std::vector<std::string>* log = nullptr;
    const os::Wakeup* wakeup = nullptr;
    Loop* loop = nullptr;
    Message* message = nullptr;  ///< posted to the loop
    void on_ready(Readiness ready) noexcept override {
        log->push_back(ready.readable ? "readable" : "?");
        if (message != nullptr) loop->inbox().post(*message);
        wakeup->clear();
    }
};

static_assert(sizeof(Watch) == sizeof(void*));

}  // namespace

TEST_CASE("a turn dispatches, then delivers, then fires") {
    ManualClock clock;
    auto loop = Loop::create(clock).value();
    std::vector<std::string> log;
    Task task;
    Post post;
    Wake wake;
    const auto wakeup = os::Wakeup::create().value();
    task.log = post.log = wake.log = &log;
    wake.wakeup = &wakeup;
    REQUIRE(loop->poller().add(wakeup.fd(), Interest::level_read, wake));
    loop->timers().schedule(task, Instant(1s));
    loop->inbox().post(post);
    wakeup.wake();
    clock.advance(2s);
    loop->turn();
    CHECK(log == std::vector<std::string>{"readable", "message", "timer"});
    CHECK(loop->now() == Instant(2s));
    CHECK(loop->batch_size() == 1);
    CHECK(loop->timers().empty());
    loop->turn(Duration::zero());
    CHECK(log.size() == 3);
}

TEST_CASE("now stands still within a turn until it is refreshed") {
    ManualClock clock;
    auto loop = Loop::create(clock).value();
    clock.advance(1s);
    CHECK(loop->now() == Instant());
    loop->refresh_now();
    CHECK(loop->now() == Instant(1s));
    clock.advance(1s);
    loop->turn(Duration::zero());
    CHECK(loop->now() == Instant(2s));
}

TEST_CASE("a turn sleeps until the timer, the deadline or the longest wait, whichever is first") {
    const os::SystemClock clock;
    auto loop = Loop::create(clock).value();
    std::vector<std::string> log;
    Task task;
    task.log = &log;
    const auto sleeps = [&](Loop::Limits limits) {
        loop->refresh_now();
        const Instant before = clock.now();
        loop->turn(limits);
        return clock.now() - before;
    };
    loop->timers().schedule(task, clock.now() + 1h);
    CHECK(sleeps({.longest = 3ms, .deadline = clock.now() + 1h}) >= 3ms);
    const Instant soon = clock.now() + 3ms;
    loop->turn(1h, soon);
    CHECK(clock.now() >= soon);
    CHECK(log.empty());
    const Instant due = clock.now() + 5ms;
    loop->timers().schedule(task, due);
    int turns = 0;
    for (; log.empty(); ++turns) loop->turn(1h, clock.now() + 1h);
    CHECK(clock.now() >= due);
    CHECK(turns <= 5);  // cascades at most; nanoseconds are never rounded down into a spin
}

TEST_CASE("a periodic task does not make an idle loop spin") {
    const os::SystemClock clock;
    auto loop = Loop::create(clock).value();
    std::vector<std::string> log;
    Task task;
    task.log = &log;
    task.loop = loop.get();
    task.period = 40ms;
    loop->timers().schedule(task, loop->now());
    int turns = 0;
    for (; log.size() < 6; ++turns) loop->turn();
    CHECK(turns <= 6 * 3);
}

TEST_CASE("more ready descriptors than a batch holds take two turns and are all called") {
    ManualClock clock;
    auto loop = Loop::create(clock).value();
    constexpr std::size_t count = Loop::batch_max + 10;
    std::vector<std::string> log;
    std::vector<os::Wakeup> wakeups;
    std::vector<Wake> watches(count);
    for (std::size_t i = 0; i < count; ++i) wakeups.push_back(os::Wakeup::create().value());
    for (std::size_t i = 0; i < count; ++i) {
        watches[i].log = &log;
        watches[i].wakeup = &wakeups[i];
        wakeups[i].wake();
        REQUIRE(loop->poller().add(wakeups[i].fd(), Interest::level_read, watches[i]));
    }
    std::size_t turns = 0;
    for (; log.size() < count; ++turns) loop->turn();  // no limit: it must not sleep on what is ready
    CHECK(turns >= 2);
    loop->turn(Duration::zero());
    CHECK(log.size() == count);
}

TEST_CASE("another thread wakes a loop that sleeps without limit") {
    const os::SystemClock clock;
    auto loop = Loop::create(clock).value();
    std::vector<std::string> log;
    Post post;
    post.log = &log;
    std::jthread poster([&] { loop->inbox().post(post); });
    while (log.empty()) loop->turn();
    CHECK(log.front() == "message");
}

TEST_CASE("a post to a loop that is dispatching costs no wake-up") {
    ManualClock clock;
    auto loop = Loop::create(clock).value();
    std::vector<std::string> log;
    const auto wakeup = os::Wakeup::create().value();
    Post post;
    Wake wake;
    post.log = wake.log = &log;
    wake.wakeup = &wakeup;
    wake.loop = loop.get();
    wake.message = &post;
    REQUIRE(loop->poller().add(wakeup.fd(), Interest::level_read, wake));
    wakeup.wake();
    loop->turn();  // prepared to sleep
    CHECK(log == std::vector<std::string>{"readable", "message"});
    loop->turn(Duration::zero());
    CHECK(loop->batch_size() == 0);
}

TEST_CASE("a loop belongs to one thread and can be adopted by another") {
    const os::SystemClock clock;
    auto loop = Loop::create(clock).value();
    CHECK(loop->in_loop_thread());
    std::jthread([&] {
        CHECK_FALSE(loop->in_loop_thread());
        loop->adopt_thread();
        loop->turn(Duration::zero());
    }).join();
    CHECK_FALSE(loop->in_loop_thread());
}
