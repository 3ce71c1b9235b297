// SPDX-License-Identifier: MIT
// Lifetime counters as text, and their sum.
#include "observe/lifetime.hpp"

#include <doctest/doctest.h>

using namespace filesrv::observe;

TEST_CASE("what is written can be read again") {
    const Lifetime lifetime{.requests = 18'446'744'073'709'551'615u,
                            .bytes_received = 2,
                            .bytes_sent = 3,
                            .uploads = 4,
                            .errors = 5,
                            .starts = 6,
                            .cold_starts = {.count = 7, .total_us = 8, .last_us = 9, .longest_us = 10},
                            .last_exit_s = 1'700'000'000,
                            .last_exit_reason = "leaving: \"why\"\n not"};
    CHECK(parse_lifetime(to_json(lifetime)) == lifetime);
    CHECK(parse_lifetime(to_json({})) == Lifetime{});
}

TEST_CASE("what is missing counts as nothing, what is wrong makes the whole text broken") {
    const struct {
        const char* text;
        bool good;
    } cases[] = {
        {R"({"schema": 1})", true},
        {R"({"schema": 1, "starts": 3, "more": []})", true},
        {R"({"schema": 1, "last_exit": {"time": 5}})", true},
        {"", false},
        {"{", false},
        {"[]", false},
        {"null", false},
        {"{}", false},
        {R"({"schema": 2})", false},
        {R"({"schema": 1, "starts": -1})", false},
        {R"({"schema": 1, "starts": 1.5})", false},
        {R"({"schema": 1, "starts": "1"})", false},
        {R"({"schema": 1, "starts": 18446744073709551616})", false},
        {R"({"schema": 1, "cold_starts": 5})", false},
        {R"({"schema": 1, "cold_starts": {"count": null}})", false},
        {R"({"schema": 1, "last_exit": []})", false},
        {R"({"schema": 1, "last_exit": {"time": 9223372036854775808}})", false},
    };
    for (const auto& one : cases) {
        CAPTURE(one.text);
        CHECK(parse_lifetime(one.text).has_value() == one.good);
    }
}

TEST_CASE("counts add up, and what is last stays last") {
    Lifetime sum{.requests = 10, .starts = 1, .cold_starts = {.count = 1, .total_us = 50, .last_us = 50, .longest_us = 50},
                 .last_exit_s = 100, .last_exit_reason = "first"};
    add(sum, {.requests = 5, .errors = 1, .starts = 1, .cold_starts = {.count = 1, .total_us = 20, .last_us = 20, .longest_us = 20}});
    CHECK(sum.requests == 15);
    CHECK(sum.errors == 1);
    CHECK(sum.starts == 2);
    CHECK(sum.cold_starts == ColdStarts{.count = 2, .total_us = 70, .last_us = 20, .longest_us = 50});
    CHECK(sum.last_exit_reason == "first");
    add(sum, {.last_exit_s = 200, .last_exit_reason = "second"});
    CHECK(sum.last_exit_reason == "second");
    CHECK(sum.cold_starts.last_us == 20);
}

TEST_CASE("counts by method and code add up, and what has grown is what was added") {
    const std::vector<filesrv::observe::RequestCount> before{{"GET", 200, 5}, {"PUT", 201, 1}};
    const std::vector<filesrv::observe::RequestCount> delta{{"GET", 200, 2}, {"GET", 404, 7}};
    std::vector<filesrv::observe::RequestCount> sum = before;
    filesrv::observe::add(sum, delta);
    CHECK(sum == std::vector<filesrv::observe::RequestCount>{{"GET", 200, 7}, {"GET", 404, 7}, {"PUT", 201, 1}});
    CHECK(filesrv::observe::grown_by(sum, before) == delta);
    CHECK(filesrv::observe::grown_by(sum, sum).empty());
    CHECK(filesrv::observe::grown_by(sum, {}) == sum);
    std::vector<filesrv::observe::RequestCount> unsorted{{"PUT", 201, 1}, {"GET", 200, 5}};
    filesrv::observe::add(unsorted, delta);
    CHECK(unsorted == sum);
}
