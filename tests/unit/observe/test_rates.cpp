// SPDX-License-Identifier: MIT
// Rates against a list of when everything happened.
#include "observe/rates.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <optional>
#include <random>
#include <vector>

using namespace filesrv;
using namespace filesrv::observe;
using namespace std::chrono_literals;

namespace {

/// Things that happen at times, and a pulse that samples them: a second after each other while something happens, then at
/// rest, and awake with the next thing.
class Model {
public:
    Model() : meter_(Instant{}) {}

    /// `when` does not fall. 100 bytes in, 1000 out.
    void happen(Instant when) {
        go_to(when);
        events_.push_back(when);
        if (!next_beat_) next_beat_ = std::max(when, beaten_ + 1s);
        go_to(when);
    }
    /// The pulse beats until then.
    void go_to(Instant when) {
        while (next_beat_ && *next_beat_ <= when) beat(*next_beat_);
    }
    [[nodiscard]] Rates rates(Instant now) const { return meter_.rates(now, done_at(now)); }
    [[nodiscard]] double count(Instant after, Instant until) const {
        return static_cast<double>(std::ranges::upper_bound(events_, until) - std::ranges::upper_bound(events_, after));
    }

private:
    [[nodiscard]] Done done_at(Instant when) const {
        const auto count = static_cast<std::uint64_t>(std::ranges::upper_bound(events_, when) - events_.begin());
        return {.requests = count, .in = count * 100, .out = count * 1000};
    }
    void beat(Instant when) {
        beaten_ = when;
        const Done done = done_at(when);
        meter_.sample(when, done);
        next_beat_ = done == seen_ ? std::nullopt : std::optional(when + 1s);
        seen_ = done;
    }

    RateMeter meter_;
    std::vector<Instant> events_;
    Instant beaten_{};
    Done seen_;
    std::optional<Instant> next_beat_ = Instant(1s);  ///< nothing: it rests
};

void check_against(const Model& model, Instant now) {
    const Rates rates = model.rates(now);
    const struct {
        Duration window;
        Rate rate;
    } all[] = {{1s, rates.over_1s}, {10s, rates.over_10s}, {60s, rates.over_60s}};
    for (const auto& [window, rate] : all) {
        const Instant begin = std::max(now - window, Instant{});
        const double length = std::chrono::duration<double>(std::max<Duration>(now - begin, 1s)).count();
        CAPTURE(window.count());
        CAPTURE(now.time_since_epoch().count());
        // Within the second in which the window begins nobody knows what happened when.
        CHECK(rate.requests * length >= model.count(begin + 1500ms, now) - 1e-6);
        CHECK(rate.requests * length <= model.count(begin - 1500ms, now) + 1e-6);
        CHECK(rate.in == doctest::Approx(rate.requests * 100));
        CHECK(rate.out == doctest::Approx(rate.requests * 1000));
    }
}

}  // namespace

TEST_CASE("an even load has the same rate over every window, from the first second on") {
    Model model;
    for (int ms = 1; ms <= 100'000; ++ms) {
        if (ms % 10 == 0) model.happen(Instant{} + std::chrono::milliseconds(ms));
        if (ms < 1000 || ms % 777 != 0) continue;
        const Instant now = Instant{} + std::chrono::milliseconds(ms);
        model.go_to(now);
        const Rates rates = model.rates(now);
        CHECK(rates.over_1s.requests == doctest::Approx(100).epsilon(0.02));
        CHECK(rates.over_10s.requests == doctest::Approx(100).epsilon(0.02));
        CHECK(rates.over_60s.requests == doctest::Approx(100).epsilon(0.02));
    }
}

TEST_CASE("one request is told for as long as a window is, then no more, and never twice") {
    Model model;
    const Instant at(100s + 300ms);
    model.happen(at);
    for (Duration later = 0s; later <= 70s; later += 50ms) {
        model.go_to(at + later);
        const Rates rates = model.rates(at + later);
        CAPTURE(later.count());
        if (later <= 0s) {
            CHECK(rates.over_1s.requests == doctest::Approx(1));
        }
        if (later >= 2s) {
            CHECK(rates.over_1s.requests == 0);
        }
        if (later <= 9s) {
            CHECK(rates.over_10s.requests == doctest::Approx(0.1));
        }
        if (later >= 11s) {
            CHECK(rates.over_10s.requests == 0);
        }
        if (later <= 59s) {
            CHECK(rates.over_60s.requests == doctest::Approx(1.0 / 60));
        }
        if (later >= 61s) {
            CHECK(rates.over_60s.requests == 0);
        }
    }
}

TEST_CASE("bursts and rests of any length are told as they were, within the sampling's second") {
    std::mt19937 random(7);
    for (int round = 0; round < 20; ++round) {
        Model model;
        Instant now{};
        for (int burst = 0; burst < 30; ++burst) {
            for (auto i = random() % 200; i > 0; --i) model.happen(now += std::chrono::milliseconds(random() % 40));
            const Instant quiet_until = now + std::chrono::milliseconds(random() % (burst % 5 == 0 ? 90'000 : 3'000));
            for (; now < quiet_until; now += std::chrono::milliseconds(1 + random() % 2'000)) {
                model.go_to(now);
                check_against(model, now);
            }
        }
    }
}

TEST_CASE("who looks at counts that are older than the last sample sees no negative rate") {
    RateMeter meter(Instant{});
    meter.sample(Instant(1s), {.requests = 10, .in = 10, .out = 10});
    const Rates rates = meter.rates(Instant(900ms), {.requests = 9, .in = 9, .out = 9});
    CHECK(rates.over_1s.requests == doctest::Approx(10));
    CHECK(meter.rates(Instant(1s), {.requests = 10, .in = 10, .out = 10}) == rates);
}
