// SPDX-License-Identifier: MIT
// When a failed attempt is tried again.
#include <doctest/doctest.h>

#include "tools/filesrv-client/attempt_error.hpp"
#include "tools/filesrv-client/retry_policy.hpp"

using namespace filesrv;
using namespace filesrv::client;
using namespace std::chrono_literals;

namespace {

const Instant start{};

}  // namespace

TEST_CASE("waits double, as often as is allowed") {
    RetryPolicy policy({.times = 3, .in_all = 60s});
    CHECK(policy.next(start) == 250ms);
    CHECK(policy.next(start + 1s) == 500ms);
    CHECK(policy.next(start + 2s) == 1s);
    CHECK_FALSE(policy.next(start + 3s));
    CHECK(policy.retries() == 3);
    CHECK_FALSE(RetryPolicy({.times = 0, .in_all = 60s}).next(start));
}

TEST_CASE("the last attempt begins within the time for all") {
    RetryPolicy policy({.times = 100, .in_all = 5s});
    REQUIRE(policy.next(start));
    CHECK(policy.next(start + 4500ms) == 500ms);
    CHECK_FALSE(policy.next(start + 4001ms));
    CHECK_FALSE(RetryPolicy({.times = 1, .in_all = 0s}).next(start));
}

TEST_CASE("a server's wish is heard when it is the longer one") {
    RetryPolicy policy({.times = 100, .in_all = 5s});
    CHECK(policy.next(start, 0s) == 250ms);
    CHECK(policy.next(start, 2s) == 2s);
    CHECK_FALSE(policy.next(start, 6s));
}

TEST_CASE("an attempt that got on begins the count anew") {
    RetryPolicy policy({.times = 1, .in_all = 5s});
    for (int i = 0; i < 10; ++i) {
        REQUIRE(policy.next(start + i * 10s));
        policy.forget();
    }
    CHECK(policy.retries() == 10);
}

TEST_CASE("Retry-After is seconds or a date") {
    constexpr std::int64_t now = 784111777;  // Sun, 06 Nov 1994 08:49:37 GMT
    CHECK(parse_retry_after("120", now) == 120s);
    CHECK(parse_retry_after("Sun, 06 Nov 1994 08:49:47 GMT", now) == 10s);
    CHECK(parse_retry_after("Sun, 06 Nov 1994 08:49:27 GMT", now) == 0s);
    CHECK(parse_retry_after("18446744073709551615", now) == 365 * 24h);
    for (const char* bad : {"", "-1", "+1", "1.5", "soon", "18446744073709551616"}) {
        CAPTURE(bad);
        CHECK_FALSE(parse_retry_after(bad, now));
    }
}
