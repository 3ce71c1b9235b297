// SPDX-License-Identifier: MIT
// The idle wheel against a brute-force model of T(n) = max(min, max − n).
#include <doctest/doctest.h>

#include <algorithm>
#include <random>
#include <tuple>
#include <vector>

#include "event/idle_wheel.hpp"

using namespace filesrv;
using namespace filesrv::event;
using namespace std::chrono_literals;

namespace {

struct Member : Timer {
    Instant activity;
    Instant closed;
    bool open = false;
};

struct Step {
    enum class Kind { open, touch, close } kind;
    Instant at;
    std::size_t who;
};

using Script = std::vector<Step>;
/// When each member was closed by its timeout; zero = it was not.
using Series = std::vector<Instant>;

/// What the wheel must equal: at every moment the member that is silent longest goes, if it is silent for T(n).
Series brute_force(const Script& script, std::size_t members, TimeoutRule rule) {
    Series closed(members);
    std::vector<std::pair<Instant, std::size_t>> open;  // activity, who
    auto step = script.begin();
    while (true) {
        const auto oldest = std::min_element(open.begin(), open.end());
        const bool leaves = oldest != open.end() && (step == script.end() || oldest->first + rule.at(open.size()) < step->at);
        if (leaves) {
            // Never before the last event: T may have shrunk below what has passed already.
            const Instant last = std::max(step == script.begin() ? Instant() : std::prev(step)->at, Instant());
            closed[oldest->second] = std::max(oldest->first + rule.at(open.size()), last);
            open.erase(oldest);
            continue;
        }
        if (step == script.end()) return closed;
        std::erase_if(open, [&](const auto& one) { return one.second == step->who && step->kind != Step::Kind::open; });
        const bool gone = step->kind == Step::Kind::close || closed[step->who] != Instant();
        if (!gone) open.emplace_back(step->at, step->who);
        ++step;
    }
}

/// The same script through the wheel, as a loop would drive it: sleeping until the next look or the next step.
class Driver {
public:
    Driver(std::size_t members, TimeoutRule rule) : members_(members), rule_(rule) {}

    Series run(const Script& script) {
        for (const Step& step : script) {
            sleep_until(step.at);
            apply(step);
            look();  // T may have shrunk
        }
        sleep_until(Instant::max());
        REQUIRE(open_ == 0);
        Series closed;
        for (const Member& member : members_) closed.push_back(member.closed);
        return closed;
    }

    [[nodiscard]] std::size_t looks() const { return looks_; }
    [[nodiscard]] std::size_t wakes() const { return wakes_; }

private:
    void sleep_until(Instant end) {
        while (true) {
            const auto next = wheel_.next_look(rule_.at(open_));
            if (!next || *next >= end) break;
            now_ = std::max(now_, *next);
            ++wakes_;
            look();
        }
        if (end != Instant::max()) now_ = end;
    }

    void apply(const Step& step) {
        Member& member = members_[step.who];
        if (member.closed != Instant()) return;
        member.activity = step.at;
        if (step.kind == Step::Kind::open) {
            member.open = true;
            ++open_;
            wheel_.file(member, now_);
        } else if (step.kind == Step::Kind::close && member.open) {
            member.open = false;
            --open_;
            IdleWheel::cancel(member);
        }  // a touch stores the time and nothing else
    }

    void look() {
        wheel_.advance(now_, [this] { return rule_.at(open_); }, [this](Timer& timer) { look_at(static_cast<Member&>(timer)); });
        if (members_.size() > 1000) return;
        for (const Member& member : members_) {  // nobody is late by more than a tick, whatever T did
            REQUIRE((!member.open || member.activity + rule_.at(open_) + tick_length > now_));
        }
    }

    void look_at(Member& member) {
        ++looks_;
        REQUIRE(member.open);
        if (member.activity + rule_.at(open_) > now_) return wheel_.file(member, member.activity);
        member.open = false;
        member.closed = now_;
        --open_;
    }

    IdleWheel wheel_;
    std::vector<Member> members_;
    TimeoutRule rule_;
    Instant now_;
    std::size_t open_ = 0;
    std::size_t looks_ = 0;
    std::size_t wakes_ = 0;
};

void check_equal(const Series& series, const Series& model) {
    REQUIRE(series.size() == model.size());
    // Of members with one activity any may be the first; as a series of moments they must agree.
    Series sorted = series;
    Series expected = model;
    std::ranges::sort(sorted);
    std::ranges::sort(expected);
    for (std::size_t i = 0; i < sorted.size(); ++i) {
        CAPTURE(i);
        CAPTURE(sorted[i].time_since_epoch().count());
        CAPTURE(expected[i].time_since_epoch().count());
        REQUIRE((sorted[i] == Instant()) == (expected[i] == Instant()));
        REQUIRE(sorted[i] >= expected[i]);
        REQUIRE(sorted[i] - expected[i] <= 250ms);
    }
}

/// Steps at multiples of `grain`, each member's later by its number times `offset`.
Script random_script(std::mt19937_64& random, std::size_t members, Duration length, Duration grain, Duration offset) {
    const auto some = [&](Duration most) { return (1 + static_cast<std::int64_t>(random() % static_cast<std::uint64_t>(most / grain))) * grain; };
    Script script;
    for (std::size_t who = 0; who < members; ++who) {
        Instant at{Duration(random() % length.count() / grain.count() * grain.count())};
        if (random() % 3 == 0) at = Instant(std::chrono::floor<std::chrono::seconds>(at.time_since_epoch()));  // crowds
        at += static_cast<std::int64_t>(who) * offset;
        script.push_back({Step::Kind::open, at, who});
        for (auto touches = random() % 4; touches > 0; --touches) script.push_back({Step::Kind::touch, at += some(8s), who});
        if (random() % 4 == 0) script.push_back({Step::Kind::close, at + some(8s), who});
    }
    std::ranges::sort(script, [](const Step& a, const Step& b) { return std::tie(a.at, a.who) < std::tie(b.at, b.who); });
    return script;
}

const std::vector<TimeoutRule> rules{
    {}, {.minimum = 1s, .maximum = 60s}, {.minimum = 3s, .maximum = 3s}, {.minimum = 1s, .maximum = 8s}};

}  // namespace

TEST_CASE("T(n) = max(minimum, maximum - n)") {
    const TimeoutRule rule;
    for (const auto& [open, timeout] : std::vector<std::pair<std::size_t, Duration>>{
             {0, 20s}, {1, 19s}, {5, 15s}, {14, 6s}, {15, 5s}, {16, 5s}, {40, 5s}, {SIZE_MAX, 5s}}) {
        CHECK(rule.at(open) == timeout);
    }
    CHECK(TimeoutRule{.minimum = 100ms, .maximum = 2500ms}.at(2) == 500ms);
    CHECK(TimeoutRule{.minimum = 100ms, .maximum = 2500ms}.at(3) == 100ms);
    CHECK(TimeoutRule{.minimum = 600ms, .maximum = 2500ms}.at(2) == 600ms);
    CHECK(TimeoutRule{.minimum = 5s, .maximum = 2s}.at(0) == 5s);
}

TEST_CASE("five idle connections leave at 15, 16, 17, 18 and 19 s") {
    Script script;
    for (std::size_t who = 0; who < 5; ++who) script.push_back({Step::Kind::open, Instant(1ns), who});
    Driver driver(5, TimeoutRule{});
    const Series series = driver.run(script);
    check_equal(series, brute_force(script, 5, TimeoutRule{}));
    for (std::size_t i = 0; i < 5; ++i) {
        CHECK(series[i] >= Instant(15s + std::chrono::seconds(i)));
        CHECK(series[i] <= Instant(15s + std::chrono::seconds(i) + 250ms));
    }
    CHECK(driver.looks() == 5);
}

TEST_CASE("a crowd that comes and goes makes those who wait leave sooner, then later again") {
    Script script{{Step::Kind::open, Instant(1ns), 0}, {Step::Kind::open, Instant(2s), 1}};
    for (std::size_t who = 2; who < 42; ++who) script.push_back({Step::Kind::open, Instant(4s), who});
    for (std::size_t who = 2; who < 42; ++who) script.push_back({Step::Kind::close, Instant(6s), who});
    Driver driver(42, TimeoutRule{});
    const Series series = driver.run(script);
    check_equal(series, brute_force(script, 42, TimeoutRule{}));
    CHECK(series[0] <= Instant(5s + 250ms));   // T was 5 s then
    CHECK(series[1] >= Instant(2s + 19s));     // T grew before it was due
}

TEST_CASE("the series equals the model's for any script") {
    // Each member moves and is due in a part of the second of its own, longer than a tick: a step that fell between the
    // moment another is due and the tick that finds it would rightly change what comes of it.
    std::mt19937_64 random(11);
    for (int round = 0; round < 600; ++round) {
        CAPTURE(round);
        const std::size_t members = 1 + random() % 25;
        const TimeoutRule rule = rules[round % rules.size()];
        const Script script = random_script(random, members, Duration(1s + random() % 40 * 1s), 1s, 40ms);
        Driver driver(members, rule);
        check_equal(driver.run(script), brute_force(script, members, rule));
    }
}

TEST_CASE("nobody is early, and nobody late by more than a tick, however close the steps are") {
    std::mt19937_64 random(12);
    for (int round = 0; round < 600; ++round) {
        CAPTURE(round);
        const std::size_t members = 1 + random() % 60;
        Driver driver(members, rules[round % rules.size()]);
        driver.run(random_script(random, members, Duration(1s + random() % 90 * 1s), 1ns, 0ns));
    }
}

TEST_CASE("100,000 idle members leave like the model's, each looked at once, with few wake-ups") {
    constexpr std::size_t crowd = 100'000;
    Script script;
    for (std::size_t who = 0; who < crowd; ++who) script.push_back({Step::Kind::open, Instant(Duration(who * 20'000 + 1)), who});
    Driver driver(crowd, TimeoutRule{});
    const Series series = driver.run(script);
    CHECK(driver.looks() == crowd);
    CHECK(driver.wakes() < 200);
    // With more than 15 open each leaves 5 s after it came; the last fifteen wait longer and longer.
    for (std::size_t who = 0; who < crowd - 15; ++who) {
        const Instant due{Duration(who * 20'000 + 1) + 5s};
        REQUIRE(series[who] >= due);
        REQUIRE(series[who] - due <= 250ms);
    }
    for (std::size_t i = 0; i < 15; ++i) CHECK(series[crowd - 15 + i] - series[crowd - 16] <= std::chrono::seconds(i + 1) + 250ms);
}

TEST_CASE("who is filed under an activity behind the wheel's clock is not lost") {
    IdleWheel wheel;
    std::vector<Member> members(3);
    const auto looks = [&](Instant now, Duration timeout) {
        std::vector<std::ptrdiff_t> seen;
        wheel.advance(now, [=] { return timeout; }, [&](Timer& one) { seen.push_back(&static_cast<Member&>(one) - members.data()); });
        return seen;
    };
    CHECK(looks(Instant(100s), 5s).empty());  // the clock shows 95 s now
    wheel.file(members[0], Instant(90s));
    wheel.file(members[1], Instant(85s));
    wheel.file(members[2], Instant(99s));
    CHECK(looks(Instant(100s), 20s).empty());  // 80 s
    const Instant next = wheel.next_look(20s).value();
    CHECK(next >= Instant(105s));
    CHECK(next <= Instant(105s) + tick_length);
    CHECK(looks(next, 20s) == std::vector<std::ptrdiff_t>{1});
    CHECK(looks(Instant(110s) + tick_length, 20s) == std::vector<std::ptrdiff_t>{0});
    CHECK(looks(Instant(118s), 20s).empty());
    CHECK(looks(Instant(119s) + tick_length, 20s) == std::vector<std::ptrdiff_t>{2});
    CHECK(wheel.empty());
}

TEST_CASE("a look that files its member as due again ends the pass all the same") {
    IdleWheel wheel;
    Member member;
    wheel.file(member, Instant(1s));
    int looks = 0;
    const auto again = [&](Timer& timer) {
        ++looks;
        wheel.file(timer, Instant(1s));
    };
    wheel.advance(Instant(30s), [] { return 5s; }, again);
    CHECK(looks == 1);
    wheel.advance(Instant(30s), [] { return 5s; }, again);
    CHECK(looks == 2);
    CHECK(wheel.next_look(5s).value() <= Instant(30s));
}

TEST_CASE("a wheel that was empty for long needs no wake-up at once for who comes") {
    IdleWheel wheel;
    wheel.advance(Instant(1000h), [] { return 20s; }, [](Timer&) {});
    Member member;
    wheel.file(member, Instant(1000h));
    CHECK(wheel.next_look(20s).value() > Instant(1000h));
}

TEST_CASE("a look may let others go") {
    IdleWheel wheel;
    std::vector<Member> members(3);
    for (Member& member : members) wheel.file(member, Instant(1s));
    int looks = 0;
    wheel.advance(Instant(30s), [] { return 5s; }, [&](Timer&) {
        ++looks;
        for (Member& member : members) IdleWheel::cancel(member);
    });
    CHECK(looks == 1);
    CHECK(wheel.empty());
    CHECK_FALSE(wheel.next_look(5s));
}
