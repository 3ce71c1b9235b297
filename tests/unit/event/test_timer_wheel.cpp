// SPDX-License-Identifier: MIT
// The timer wheel against a std::multimap.
#include <doctest/doctest.h>

#include <map>
#include <memory>
#include <random>
#include <vector>

#include "event/timer_wheel.hpp"

using namespace filesrv;
using namespace filesrv::event;
using namespace std::chrono_literals;

static_assert(sizeof(Timer) == 24);

namespace {

struct TestTimer : Timer {
    int id = 0;
    int round = 0;  ///< in which it was scheduled
    Instant when;
};

TestTimer& own(Timer& timer) { return static_cast<TestTimer&>(timer); }

/// Advances and returns who fired, in order.
std::vector<int> fired(TimerWheel& wheel, Instant now) {
    std::vector<int> ids;
    wheel.advance(now, [&](Timer& timer) { ids.push_back(own(timer).id); });
    return ids;
}

/// The wheel and the multimap that it must equal.
class Model {
public:
    explicit Model(unsigned seed, std::size_t timers) : random_(seed), timers_(timers) {
        now_ = Instant(Duration(random_() % 1'000'000'000'000));
        wheel_ = std::make_unique<TimerWheel>(now_);
        for (std::size_t i = 0; i < timers; ++i) timers_[i].id = static_cast<int>(i);
    }

    void step() {
        TestTimer& timer = timers_[random_() % timers_.size()];
        const auto dice = random_() % 8;
        if (dice < 5) schedule(timer);
        else if (dice < 6) cancel(timer);
        else advance();
        check_next();
    }

    void advance() {
        ++round_;
        now_ += distance() / 4;
        wheel_->advance(now_, [this](Timer& timer) { fire(own(timer), /*meddling=*/true); });
        // Nobody is late: who is due and left was scheduled by a callback of this very advance.
        for (const auto& [when, id] : model_) {
            if (tick_after(when) > tick_at(now_)) break;
            REQUIRE(timers_[id].round == round_);
        }
    }

    /// Goes from wake-up to wake-up until the wheel is empty; returns how many there were.
    std::size_t run_out() {
        const Instant start = now_;
        std::size_t wakes = 0;
        for (; const auto next = wheel_->next_due(); ++wakes) {
            REQUIRE((wakes == 0 || *next > now_));
            now_ = std::max(now_, *next);
            wheel_->advance(now_, [&](Timer& timer) {
                REQUIRE(now_ == std::max(start, instant_of(tick_after(own(timer).when))));
                fire(own(timer), /*meddling=*/false);
            });
        }
        REQUIRE(model_.empty());
        return wakes;
    }

    void schedule(TestTimer& timer) {
        erase(timer);
        timer.when = now_ + distance() - 1s;
        timer.round = round_;
        wheel_->schedule(timer, timer.when);
        model_.emplace(timer.when, timer.id);
    }

    std::vector<TestTimer>& timers() { return timers_; }

private:
    /// Near and far in equal measure: up to about 18 days.
    Duration distance() {
        const auto bits = 20 + random_() % 31;
        return Duration(static_cast<std::int64_t>(random_() & ((std::uint64_t{1} << bits) - 1)));
    }

    void cancel(TestTimer& timer) {
        erase(timer);
        TimerWheel::cancel(timer);
        REQUIRE(!timer.is_linked());
    }

    void erase(const TestTimer& timer) {
        const auto [from, to] = model_.equal_range(timer.when);
        for (auto i = from; i != to; ++i) {
            if (i->second != timer.id) continue;
            model_.erase(i);
            return;
        }
    }

    void fire(TestTimer& timer, bool meddling) {
        REQUIRE(!timer.is_linked());
        REQUIRE(timer.when <= now_);
        const auto before = model_.size();
        erase(timer);
        REQUIRE(model_.size() == before - 1);
        // Callbacks meddle: with themselves, and with others that may be due in this very advance.
        if (meddling && random_() % 4 == 0) schedule(timer);
        if (meddling && random_() % 4 == 0) cancel(timers_[random_() % timers_.size()]);
    }

    void check_next() {
        const auto next = wheel_->next_due();
        REQUIRE(next.has_value() == !model_.empty());
        REQUIRE(wheel_->empty() == model_.empty());
        // A lower bound: nobody is due (rounded up to a tick) before it.
        if (next && *next > now_) REQUIRE(instant_of(tick_after(model_.begin()->first)) >= *next);
    }

    std::mt19937_64 random_;
    std::vector<TestTimer> timers_;
    std::unique_ptr<TimerWheel> wheel_;
    std::multimap<Instant, int> model_;
    Instant now_;
    int round_ = 0;  ///< counts advances
};

}  // namespace

TEST_CASE("a timer fires at its instant rounded up to a tick, and not before") {
    for (const Duration offset : {Duration(0), Duration(1), tick_length - 1ns, tick_length, tick_length + 1ns, 63 * tick_length,
                                  64 * tick_length, 65 * tick_length, 4096 * tick_length, 262144 * tick_length, Duration(9 * 24h)}) {
        CAPTURE(offset.count());
        const Instant start{5 * tick_length + 3ns};
        TimerWheel wheel(start);
        TestTimer timer;
        wheel.schedule(timer, start + offset);
        const Instant due = instant_of(tick_after(start + offset));
        if (due > start) CHECK(fired(wheel, due - 1ns).empty());
        CHECK(timer.is_linked());
        CHECK(fired(wheel, due) == std::vector{0});
        CHECK(wheel.empty());
    }
}

TEST_CASE("timers fire in the order of their ticks, whatever the levels they come from") {
    TimerWheel wheel;
    std::vector<TestTimer> timers(400);
    for (int i = 0; i < 400; ++i) {
        const int place = i * 263 % 400;  // 263 and 400 have no common divisor: every place once
        timers[place].id = place;
        wheel.schedule(timers[place], Instant(place * place * tick_length * 7));
    }
    const auto ids = fired(wheel, Instant(24h * 365));
    REQUIRE(ids.size() == 400);
    for (int i = 0; i < 400; ++i) CHECK(ids[i] == i);
}

TEST_CASE("what a callback schedules for now waits for the next advance") {
    TimerWheel wheel;
    TestTimer timer;
    int calls = 0;
    wheel.schedule(timer, Instant(1s));
    wheel.advance(Instant(2s), [&](Timer& self) {
        ++calls;
        wheel.schedule(self, Instant(1s));
    });
    CHECK(calls == 1);
    CHECK(wheel.next_due().value() <= Instant(2s));
    CHECK(fired(wheel, Instant(2s)).size() == 1);
    CHECK_FALSE(wheel.next_due());
}

TEST_CASE("a callback may cancel and destroy others that are due in the same advance") {
    TimerWheel wheel;
    TestTimer first;
    TestTimer second;
    auto third = std::make_unique<TestTimer>();
    wheel.schedule(first, Instant(1s));
    wheel.schedule(second, Instant(1s));
    wheel.schedule(*third, Instant(1500ms));
    int calls = 0;
    wheel.advance(Instant(9s), [&](Timer&) {
        ++calls;
        TimerWheel::cancel(second);
        third.reset();
    });
    CHECK(calls == 1);
    CHECK(wheel.empty());
}

TEST_CASE("re-scheduling moves a timer, both ways") {
    TimerWheel wheel;
    TestTimer timer;
    wheel.schedule(timer, Instant(1h));
    wheel.schedule(timer, Instant(1s));
    CHECK(fired(wheel, Instant(2s)).size() == 1);
    wheel.schedule(timer, Instant(3s));
    wheel.schedule(timer, Instant(1h));
    CHECK(fired(wheel, Instant(59min)).empty());
    CHECK(fired(wheel, Instant(61min)).size() == 1);
}

TEST_CASE("the wheel equals a multimap under any mix of operations") {
    for (unsigned seed = 0; seed < 40; ++seed) {
        CAPTURE(seed);
        Model model(seed, 1 + seed * 5);
        for (int i = 0; i < 4000; ++i) model.step();
        model.run_out();
    }
}

TEST_CASE("100,000 timers equal the multimap and cost no needless wake-ups") {
    Model model(7, 100'000);
    for (TestTimer& timer : model.timers()) model.schedule(timer);
    for (int i = 0; i < 2000; ++i) model.step();
    // Three cascades and the firing, and a few for deadlines beyond the last level.
    CHECK(model.run_out() <= 100'000 * 6);
}

TEST_CASE("a single far timer is approached in a handful of wake-ups") {
    for (const Duration far : {Duration(10s), Duration(200s), Duration(10000s), Duration(500000s)}) {
        TimerWheel wheel(Instant(123456789s));
        TestTimer timer;
        wheel.schedule(timer, Instant(123456789s) + far);
        int wakes = 0;
        for (bool done = false; !done; ++wakes) done = !fired(wheel, wheel.next_due().value()).empty();
        CHECK(wakes <= 4);
    }
}

TEST_CASE("a wheel that was empty for long files what comes near, without a wake-up at once") {
    for (const Duration idle : {Duration(1000s), Duration(100h), Duration(1000h)}) {
        TimerWheel wheel;
        CHECK(fired(wheel, Instant(idle)).empty());
        TestTimer timer;
        wheel.schedule(timer, Instant(idle + 1s));
        CHECK(wheel.next_due().value() > Instant(idle));
    }
}

TEST_CASE("the end of time neither overflows nor comes early") {
    TimerWheel wheel(Instant(1s));
    TestTimer timer;
    wheel.schedule(timer, Instant::max());
    CHECK(fired(wheel, Instant(24h * 36500)).empty());
    CHECK(timer.is_linked());
    CHECK(wheel.next_due().value() > Instant(24h * 36500));
}
