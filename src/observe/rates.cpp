// SPDX-License-Identifier: MIT
// Rates: a line through the samples of the last minute, and its slope.
#include "observe/rates.hpp"

#include <algorithm>

#include "base/assert.hpp"

namespace filesrv::observe {
namespace {

using namespace std::chrono_literals;

constexpr Duration interval = 1s;
/// Who samples once a second is not exact.
constexpr Duration shortest = interval * 9 / 10;
constexpr Duration longest = interval * 3 / 2;
constexpr Duration memory = 60s;

/// A share of the way from one count to another.
double between(std::uint64_t from, std::uint64_t to, double share) noexcept {
    return static_cast<double>(from) + static_cast<double>(to - from) * share;
}

}  // namespace

RateMeter::RateMeter(Instant start, Done done) : points_{Point{.when = start, .done = done}} {}

void RateMeter::sample(Instant now, const Done& done) {
    const MutexLock lock(mutex_);
    const Point last = points_.back();
    if (now - last.when < shortest) return;
    FS_ASSERT(done.requests >= last.done.requests && done.in >= last.done.in && done.out >= last.done.out);
    // After a rest: what is new has happened within the last second.
    if (now - last.when > longest) points_.push_back({.when = now - interval, .done = last.done});
    points_.push_back({.when = now, .done = done});
    // One point at or before the beginning of the longest window stays.
    while (points_.size() > 1 && points_[1].when <= now - memory) points_.pop_front();
    FS_ASSERT(points_.size() <= 2 + 2 * static_cast<std::size_t>(memory / shortest));
}

/// What had been done at a moment, from the samples and the state of now.
Rate RateMeter::done_at(Instant when, const Point& last) const {
    const auto behind = std::ranges::upper_bound(points_, when, {}, &Point::when);
    FS_ASSERT(behind != points_.begin());
    const Point& from = *(behind - 1);
    const Point& to = behind == points_.end() ? last : *behind;
    // As in sample(): after a rest the line is flat until a second before.
    const Instant begins = to.when - from.when > longest ? to.when - interval : from.when;
    const double length = seconds_of(to.when - begins);
    const double share = length > 0 ? std::clamp(seconds_of(when - begins) / length, 0.0, 1.0) : 0.0;
    return {.requests = between(from.done.requests, to.done.requests, share),
            .in = between(from.done.in, to.done.in, share),
            .out = between(from.done.out, to.done.out, share)};
}

Rate RateMeter::over(Duration window, Instant now, const Done& done) const {
    const Instant begin = std::max(now - window, points_.front().when);
    const Rate before = done_at(begin, {.when = now, .done = done});
    const double length = seconds_of(std::max(now - begin, std::min(window, interval)));
    return {.requests = std::max(double(done.requests) - before.requests, 0.0) / length,
            .in = std::max(double(done.in) - before.in, 0.0) / length,
            .out = std::max(double(done.out) - before.out, 0.0) / length};
}

Rates RateMeter::rates(Instant now, const Done& done) const {
    const MutexLock lock(mutex_);
    // A sample may have been taken since the caller looked at its clock and its counts.
    if (now <= points_.back().when) now = points_.back().when;
    const Done& least = points_.back().done;
    const Done latest{.requests = std::max(done.requests, least.requests), .in = std::max(done.in, least.in), .out = std::max(done.out, least.out)};
    return {.over_1s = over(1s, now, latest), .over_10s = over(10s, now, latest), .over_60s = over(60s, now, latest)};
}

}  // namespace filesrv::observe
