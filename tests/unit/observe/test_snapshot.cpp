// SPDX-License-Identifier: MIT
// A snapshot and connections, written and read again.
#include "observe/snapshot.hpp"

#include <doctest/doctest.h>

using namespace filesrv::observe;

namespace {

/// No member has its default, so that one that is not written, or not read, is noticed.
Snapshot full_snapshot() {
    Snapshot full;
    full.state = "draining";
    full.version = "0.1";
    full.pid = 17;
    full.started_at_s = 1'700'000'000;
    full.uptime_s = 0.125;
    full.root = "/srv/\"files\"";
    full.listeners = {{.address = "127.0.0.1:8080", .activated = true}, {.address = "[::1]:80"}};
    full.socket = "/run/filesrv/control.sock";
    full.connections = {.now = 1, .peak = 2, .total = 3, .max = 4, .refused = 5};
    full.timeout_s = 19;
    full.timeout_min_s = 5;
    full.timeout_max_s = 20;
    full.idle_shutdown_s = 60;
    full.idle_exit_s = 59.5;
    full.workers = {.busy = 1, .total = 2, .peak = 3, .waiting = 4, .stuck = 5, .stuck_ever = 6, .max = 7};
    full.requests = {.total = 18'446'744'073'709'551'615u, .in_flight = 2, .by = {{"GET", 200, 7}, {"PUT", 201, 8}}};
    full.bytes = {.in = 1, .out = 2};
    full.rates = {.over_1s = {1, 2, 3}, .over_10s = {0.5, 5, 6}, .over_60s = {7, 8, 1e12}};
    full.latency = {.p50_us = 1, .p90_us = 2, .p99_us = 3, .max_us = 4, .count = 5, .sum_us = 6, .buckets = {{16, 3}, {32, 4}}};
    full.uploads = {.in_flight = 1, .stored = 2, .failed = 3, .refused = 4};
    full.downloads_in_flight = 9;
    full.cache = {.hits = 1, .misses = 2, .entries = 3, .bytes = 4, .trusted = 5};
    full.errors = 1;
    full.log_lines = {.warning = 2, .error = 3};
    full.cold_start_ms = 2.5;
    full.successor = full.predecessors = true;
    full.lifetime = {.requests = 5, .starts = 2, .last_exit_s = 9, .last_exit_reason = "leaving: idle"};
    full.state_dir = "/var/lib/filesrv";
    full.memory_bytes = 5 << 20;
    full.descriptors = {.open = 12, .limit = 1024};
    return full;
}

ConnectionFacts full_connection() {
    return {.id = 7, .peer = "127.0.0.1:5000", .age_s = 1.5, .state = "writing", .method = "GET", .target = "/a%20b", .requests = 2,
            .in = 3, .out = 4, .rate = 5.5, .worker = 0, .timeout_s = 29.5,
            .transfer = TransferFacts{.direction = "download", .done = 6, .total = 7, .age_s = 8}};
}

/// How often it is there.
std::size_t count_of(std::string_view text, std::string_view what) {
    std::size_t count = 0;
    for (auto at = text.find(what); at != text.npos; at = text.find(what, at + 1)) ++count;
    return count;
}

}  // namespace

TEST_CASE("a snapshot that is written can be read again, full or empty, and is one line") {
    const std::string text = to_json(full_snapshot());
    CHECK(parse_snapshot(text) == full_snapshot());
    CHECK(text.find('\n') == text.npos);
    CHECK(text.starts_with(R"({"schema":1,"state":"draining",)"));
    CHECK(count_of(text, "null") == 0);
    CHECK(parse_snapshot(to_json(Snapshot{})) == Snapshot{});
    CHECK(to_json(Snapshot{}).find(R"("idle_exit_s":null,)") != std::string::npos);
}

TEST_CASE("the members have the names that scripts read") {
    const std::string text = to_json(full_snapshot());
    for (const char* part : {R"("listeners":[{"address":"127.0.0.1:8080","activated":true},)",
                             R"("connections":{"now":1,"peak":2,"total":3,"max":4,"refused":5})",
                             R"("timeout_s":19.0,"timeout_min_s":5.0,"timeout_max_s":20.0,"idle_shutdown_s":60.0,"idle_exit_s":59.5)",
                             R"("workers":{"busy":1,"total":2,"peak":3,"waiting":4,"stuck":5,"stuck_ever":6,"max":7})",
                             R"("by":[{"method":"GET","code":200,"count":7},)", R"("rates":{"1s":{"requests":1.0,"in":2.0,"out":3.0},"10s":)",
                             R"("buckets":[[16,3],[32,4]])", R"("downloads":{"in_flight":9})", R"("cold_start_ms":2.5,)",
                             R"("descriptors":{"open":12,"limit":1024})", R"("log_lines":{"warning":2,"error":3})"}) {
        CAPTURE(part);
        CHECK(text.find(part) != text.npos);
    }
}

TEST_CASE("what a snapshot lacks keeps its default, what is unknown is ignored, what is wrong breaks it") {
    const struct {
        const char* text;
        bool good;
    } cases[] = {
        {R"({"schema":1})", true},
        {R"({"schema":1,"new":[1,{"x":2}],"connections":{"now":3,"newer":4}})", true},
        {R"({"schema":1,"idle_exit_s":null,"descriptors":{"open":null}})", true},
        {R"({"schema":1,"timeout_s":5})", true},
        {"", false},
        {"nonsense", false},
        {"[]", false},
        {"{}", false},
        {R"({"schema":2})", false},
        {R"({"schema":"1"})", false},
        {R"({"schema":1,"pid":-1})", false},
        {R"({"schema":1,"pid":1.5})", false},
        {R"({"schema":1,"pid":18446744073709551616})", false},
        {R"({"schema":1,"started_at_s":-1})", false},
        {R"({"schema":1,"timeout_s":null})", false},
        {R"({"schema":1,"state":5})", false},
        {R"({"schema":1,"successor":1})", false},
        {R"({"schema":1,"connections":[]})", false},
        {R"({"schema":1,"downloads":3})", false},
        {R"({"schema":1,"listeners":{}})", false},
        {R"({"schema":1,"listeners":[5]})", false},
        {R"({"schema":1,"latency":{"buckets":[[1,2,3]]}})", false},
        {R"({"schema":1,"latency":{"buckets":[[1,"2"]]}})", false},
        {R"({"schema":1,"lifetime":{"starts":"x"}})", false},
    };
    for (const auto& one : cases) {
        CAPTURE(one.text);
        CHECK(parse_snapshot(one.text).has_value() == one.good);
    }
    CHECK(parse_snapshot(R"({"schema":1,"connections":{"now":3}})")->connections == ConnectionFigures{.now = 3});
}

TEST_CASE("connections that are written can be read again") {
    const std::vector<ConnectionFacts> both = {full_connection(), ConnectionFacts{}};
    const std::string text = to_json(both);
    CHECK(parse_connections(text) == both);
    CHECK(text.starts_with(R"([{"id":7,"peer":"127.0.0.1:5000","age_s":1.5,"state":"writing","method":"GET","target":"/a%20b",)"));
    CHECK(text.find(R"("worker":null,"timeout_s":null,"transfer":null)") != text.npos);
    CHECK(parse_connections("[]") == std::vector<ConnectionFacts>{});
    CHECK(parse_connections(R"([{"new":1}])") == std::vector<ConnectionFacts>{ConnectionFacts{}});
    for (const char* wrong : {"", "{}", "[5]", R"([{"id":"7"}])", R"([{"transfer":{"done":-1}}])"}) {
        CAPTURE(wrong);
        CHECK_FALSE(parse_connections(wrong));
    }
}

TEST_CASE("a target of any bytes does not break the text") {
    ConnectionFacts odd = full_connection();
    odd.target = std::string("/\xff\x00\n\x1b[2J\xc3\xa9", 10);
    const auto read = parse_connections(to_json(std::vector{odd}));
    REQUIRE(read);
    CHECK(read->front().target == std::string("/\xef\xbf\xbd\x00\n\x1b[2J\xc3\xa9", 12));
}
