// SPDX-License-Identifier: MIT
// The histogram against a sorted list of what it was given.
#include "observe/histogram.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <memory>
#include <numeric>
#include <random>
#include <thread>

using namespace filesrv;
using namespace filesrv::observe;

namespace {

constexpr std::uint64_t largest_us = (std::uint64_t{1} << 34) - 1;

Duration micros(std::uint64_t us) { return std::chrono::microseconds(static_cast<std::int64_t>(us)); }

/// The error that the essay promises: half a bucket, which is a sixteenth of its least value wide.
bool is_near(std::uint64_t told, std::uint64_t truth) {
    const double error = std::abs(static_cast<double>(told) - static_cast<double>(truth));
    return error <= static_cast<double>(truth) / 32;
}

std::uint64_t true_quantile(const std::vector<std::uint64_t>& sorted, double share) {
    const auto rank = static_cast<std::size_t>(std::ceil(share * static_cast<double>(sorted.size())));
    return sorted[std::max<std::size_t>(rank, 1) - 1];
}

}  // namespace

TEST_CASE("the buckets follow each other without a gap, and each value is in its own") {
    for (std::size_t bucket = 0; bucket < LatencyScale::buckets; ++bucket) {
        const std::uint64_t least = LatencyScale::least_of(bucket);
        const std::uint64_t end = LatencyScale::least_of(bucket + 1);
        REQUIRE(least < end);
        REQUIRE(LatencyScale::bucket_of(least) == bucket);
        REQUIRE(LatencyScale::bucket_of(end - 1) == bucket);
        REQUIRE((least < 32 ? end - least == 1 : end - least <= least / 16));
    }
    CHECK(LatencyScale::least_of(0) == 0);
    CHECK(LatencyScale::least_of(LatencyScale::buckets) == largest_us + 1);
    CHECK(LatencyScale::bucket_of(largest_us + 1) == LatencyScale::buckets - 1);
    CHECK(LatencyScale::bucket_of(UINT64_MAX) == LatencyScale::buckets - 1);
    std::size_t before = 0;
    for (std::uint64_t us = 0; us < 300'000; ++us) {  // every value, not only the ends
        const std::size_t bucket = LatencyScale::bucket_of(us);
        REQUIRE((bucket == before || bucket == before + 1));
        before = bucket;
    }
}

TEST_CASE("quantiles are within a thirty-second of the true ones, whatever the values are") {
    std::mt19937_64 random(1);
    const struct {
        const char* what;
        std::uint64_t (*next)(std::mt19937_64&);
    } kinds[] = {
        {"one value", [](std::mt19937_64&) { return std::uint64_t{1234}; }},
        {"small", [](std::mt19937_64& from) { return from() % 40; }},
        {"even", [](std::mt19937_64& from) { return from() % 1'000'000; }},
        {"every magnitude", [](std::mt19937_64& from) { return (from() >> 30) >> (from() % 34); }},
        {"two far apart", [](std::mt19937_64& from) { return from() % 10 == 0 ? std::uint64_t{9'000'000} : std::uint64_t{80}; }},
    };
    for (const auto& kind : kinds) {
        for (const std::size_t count : {1, 2, 3, 10, 99, 100, 101, 20'000}) {
            CAPTURE(kind.what);
            CAPTURE(count);
            const auto histogram = std::make_unique<LatencyHistogram>();
            std::vector<std::uint64_t> values(count);
            for (std::uint64_t& value : values) histogram->record(micros(value = kind.next(random)));
            std::ranges::sort(values);
            LatencySum sum;
            sum.add(*histogram);
            for (const double share : {0.0, 0.001, 0.1, 0.5, 0.9, 0.99, 0.999, 1.0}) {
                CAPTURE(share);
                CHECK(is_near(sum.quantile_us(share), true_quantile(values, share)));
            }
            const LatencyFigures figures = sum.figures();
            CHECK(figures.count == count);
            CHECK(figures.max_us == values.back());
            CHECK(figures.sum_us == std::accumulate(values.begin(), values.end(), std::uint64_t{0}));
            for (const LatencyBucket& bucket : figures.buckets) {
                REQUIRE(bucket.cumulative == std::uint64_t(std::ranges::lower_bound(values, bucket.upper_us) - values.begin()));
            }
        }
    }
}

TEST_CASE("nothing recorded is nothing told") {
    const LatencyFigures none = LatencySum().figures();
    CHECK(none.count == 0);
    CHECK(none.p99_us == 0);
    CHECK(none.buckets.size() == 23);
    CHECK(none.buckets.front() == LatencyBucket{.upper_us = 16, .cumulative = 0});
    CHECK(none.buckets.back().upper_us == 67'108'864);
}

TEST_CASE("values below a microsecond, below zero, and beyond the scale are counted, too") {
    const auto histogram = std::make_unique<LatencyHistogram>();
    for (int i = 0; i < 3000; ++i) histogram->record(std::chrono::nanoseconds(500));
    histogram->record(std::chrono::nanoseconds(-5));
    histogram->record(std::chrono::hours(100), 2);
    LatencySum sum;
    sum.add(*histogram);
    const LatencyFigures figures = sum.figures();
    CHECK(figures.count == 3003);
    CHECK(figures.p50_us == 0);
    CHECK(figures.sum_us == 1500 + 2 * 360'000'000'000);
    CHECK(figures.max_us == 360'000'000'000);
    CHECK(figures.buckets.back().cumulative == 3001);
}

TEST_CASE("a reader beside a writer sees counts that only grow, and all of them in the end") {
    const auto histogram = std::make_unique<LatencyHistogram>();
    constexpr std::uint64_t count = 200'000;
    std::thread writer([&] {
        for (std::uint64_t i = 0; i < count; ++i) histogram->record(micros(i));
    });
    std::uint64_t seen = 0;
    while (seen < count) {
        LatencySum sum;
        sum.add(*histogram);
        REQUIRE(sum.count() >= seen);
        seen = sum.count();
    }
    writer.join();
    CHECK(seen == count);
}
