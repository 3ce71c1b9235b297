// SPDX-License-Identifier: MIT
// Prometheus text.
#include "observe/metrics.hpp"

#include <algorithm>
#include <set>
#include <sstream>
#include <string>

#include <doctest/doctest.h>

using namespace filesrv;
using observe::metrics_text;
using observe::Snapshot;

namespace {

bool has_line(const std::string& text, const std::string& wanted) {
    return ("\n" + text).find("\n" + wanted + "\n") != std::string::npos;
}

}  // namespace

TEST_CASE("counters that outlive the process come from the lifetime, gauges from the moment") {
    Snapshot snapshot{.version = "1.2", .pid = 7};
    snapshot.connections.now = 5;
    snapshot.bytes.in = 1;
    snapshot.lifetime.bytes_received = 100;
    snapshot.lifetime.starts = 3;
    snapshot.lifetime.by = {{.method = "GET", .code = 200, .count = 40}, {.method = "PUT", .code = 201, .count = 2}};
    const std::string text = metrics_text(snapshot);
    CHECK(has_line(text, "filesrv_up 1"));
    CHECK(has_line(text, "filesrv_build_info{version=\"1.2\"} 1"));
    CHECK(has_line(text, "filesrv_requests_total{method=\"GET\",code=\"200\"} 40"));
    CHECK(has_line(text, "filesrv_requests_total{method=\"PUT\",code=\"201\"} 2"));
    CHECK(has_line(text, "filesrv_bytes_total{direction=\"in\"} 100"));
    CHECK(has_line(text, "filesrv_connections 5"));
    CHECK(has_line(text, "filesrv_starts_total 3"));
}

TEST_CASE("a histogram ends with all of it, whatever its last bucket holds") {
    Snapshot snapshot;
    snapshot.latency = {.count = 9, .sum_us = 2'500'000, .buckets = {{.upper_us = 16, .cumulative = 2}, {.upper_us = 32, .cumulative = 8}}};
    const std::string text = metrics_text(snapshot);
    CHECK(has_line(text, "filesrv_request_duration_seconds_bucket{le=\"1.6e-05\"} 2"));
    CHECK(has_line(text, "filesrv_request_duration_seconds_bucket{le=\"3.2e-05\"} 8"));
    CHECK(has_line(text, "filesrv_request_duration_seconds_bucket{le=\"+Inf\"} 9"));
    CHECK(has_line(text, "filesrv_request_duration_seconds_sum 2.5"));
    CHECK(has_line(text, "filesrv_request_duration_seconds_count 9"));
}

TEST_CASE("what is unknown is left out, and a sleeping daemon has no process") {
    const std::string text = metrics_text(Snapshot{});
    CHECK(has_line(text, "filesrv_up 0"));
    CHECK(text.find("filesrv_idle_exit_seconds") == text.npos);
    CHECK(text.find("process_") == text.npos);
    Snapshot leaving{.pid = 1};
    leaving.idle_exit_s = 1.5;
    CHECK(has_line(metrics_text(leaving), "filesrv_idle_exit_seconds 1.5"));
}

TEST_CASE("labels are escaped") {
    Snapshot snapshot{.version = "a\"b\\c\nd", .pid = 1};
    CHECK(has_line(metrics_text(snapshot), "filesrv_build_info{version=\"a\\\"b\\\\c\\nd\"} 1"));
}

TEST_CASE("every sample stands below the HELP and TYPE of its family, and no family comes twice") {
    std::istringstream lines(metrics_text(Snapshot{.version = "1", .pid = 1}));
    std::set<std::string> families;
    std::string family;
    for (std::string line; std::getline(lines, line);) {
        if (line.starts_with("# HELP ")) {
            family = line.substr(7, line.find(' ', 7) - 7);
            CHECK(families.insert(family).second);
        } else if (line.starts_with("# TYPE ")) {
            CHECK(line.starts_with("# TYPE " + family + " "));
        } else {
            CHECK(line.starts_with(family));
        }
    }
    CHECK(families.size() > 20);
}
