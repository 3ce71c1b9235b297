// SPDX-License-Identifier: MIT
// Records and summaries of batches.
#include <doctest/doctest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <string>

#include <nlohmann/json.hpp>

#include "tools/filesrv-client/report.hpp"

using namespace filesrv::client;

namespace {

const Request asked{.verb = Verb::get, .remote = "a b\t.txt", .local = "a b\t.txt", .server = {.host = "h", .port = 81}, .line = 7};

Outcome good() { return {.status = 200, .status_line = "HTTP/1.1 200 OK", .bytes = 12, .took = std::chrono::milliseconds(1500)}; }
Outcome bad() { return {.failure = Failure::connection, .error = "cannot\tconnect\n", .status = 0}; }

}  // namespace

TEST_CASE("a record in JSON is one line, and null where there was nothing") {
    const std::string line = record_of(ReportFormat::json, asked, good());
    CHECK(std::ranges::count(line, '\n') == 1);
    const auto record = nlohmann::json::parse(line);
    CHECK(record["line"] == 7);
    CHECK(record["verb"] == "GET");
    CHECK(record["url"] == "http://h:81/a%20b%09.txt");
    CHECK(record["status"] == 200);
    CHECK(record["bytes"] == 12);
    CHECK(record["seconds"] == doctest::Approx(1.5));
    CHECK(record["error"].is_null());
    const auto failed = nlohmann::json::parse(record_of(ReportFormat::json, asked, bad()));
    CHECK(failed["status"].is_null());
    CHECK(failed["error"] == "cannot\tconnect\n");
}

TEST_CASE("a record in TSV has as many fields as its heading, whatever an error says") {
    const auto tabs = [](const std::string& text) { return std::ranges::count(text, '\t'); };
    const std::string heading = record_heading(ReportFormat::tsv);
    for (const Outcome& outcome : {good(), bad()}) {
        const std::string line = record_of(ReportFormat::tsv, asked, outcome);
        CAPTURE(line);
        CHECK(tabs(line) == tabs(heading));
        CHECK(line.find('\n') == line.size() - 1);
    }
    CHECK(record_of(ReportFormat::tsv, asked, good()) == "7\tGET\thttp://h:81/a%20b%09.txt\t200\t12\t1.500000\t\n");
    CHECK(record_heading(ReportFormat::json).empty());
}

TEST_CASE("a summary counts what succeeded, failed, was allowed to, and was not begun") {
    Tally tally;
    tally.add(asked, good());
    CHECK(summary_of(tally, 1, std::chrono::milliseconds(20)) == "1 succeeded, 0 failed: 12 B in 20 ms");
    tally.add(asked, bad());
    Request may = asked;
    may.may_fail = true;
    tally.add(may, bad());
    Outcome unverified = good();
    unverified.unverified = true;
    tally.add(may, unverified);
    CHECK(summary_of(tally, 6, std::chrono::milliseconds(20)) ==
          "2 succeeded (1 not verified: the server gives no digest), 1 failed, 1 failed as they may, 2 not begun: 24 B in 20 ms");
}

TEST_CASE("a report that cannot be written is told") {
    CHECK_THROWS_AS(Report(ReportFormat::json, "/nonexistent/folder/report"), std::runtime_error);
    Report none(ReportFormat::none, "");
    none.add(asked, good());
    CHECK(none.close());
    if (!std::filesystem::exists("/dev/full")) return;
    Report full(ReportFormat::tsv, "/dev/full");
    full.add(asked, good());
    CHECK_FALSE(full.close());
}
