// SPDX-License-Identifier: MIT
#include "serve/access_log_line.hpp"

#include <doctest/doctest.h>

#include <algorithm>

#include <nlohmann/json.hpp>

#include "observe/journal.hpp"

using namespace filesrv;
using namespace filesrv::serve;
using namespace std::chrono_literals;

namespace {

using Formatter = void (*)(std::string&, const AccessRecord&);
constexpr Formatter formatters[] = {append_common_line, append_combined_line, append_json_line, append_short_line};

std::string line(Formatter formatter, const AccessRecord& record) {
    std::string out;
    formatter(out, record);
    return out;
}

AccessRecord example() {
    return {.client = "127.0.0.1",
            .port = 4711,
            .time = WallTime(971'211'336s + 789ms),
            .method = "GET",
            .target = "/a%20b?x",
            .version = "HTTP/1.1",
            .status = 200,
            .bytes = 2326,
            .duration = 1234567ns,
            .referer = "http://localhost/",
            .user_agent = "curl/8"};
}

}  // namespace

TEST_CASE("the common and the combined format") {
    CHECK(line(append_common_line, example()) ==
          "127.0.0.1 - - [10/Oct/2000:20:55:36 +0000] \"GET /a%20b?x HTTP/1.1\" 200 2326 0.001234\n");
    AccessRecord west = example();
    west.utc_offset = -7h - 30min;
    CHECK(line(append_combined_line, west) ==
          "127.0.0.1 - - [10/Oct/2000:13:25:36 -0730] \"GET /a%20b?x HTTP/1.1\" 200 2326 \"http://localhost/\" \"curl/8\" 0.001234\n");
}

TEST_CASE("what was not sent is a dash, or is left out") {
    AccessRecord bare = example();
    bare.method = bare.target = bare.version = bare.referer = bare.user_agent = "";
    bare.status = 400;
    CHECK(line(append_combined_line, bare) ==
          "127.0.0.1 - - [10/Oct/2000:20:55:36 +0000] \"-\" 400 2326 \"-\" \"-\" 0.001234\n");
    const auto json = nlohmann::json::parse(line(append_json_line, bare));
    CHECK_FALSE(json.contains("method"));
    CHECK_FALSE(json.contains("user_agent"));
    CHECK(line(append_short_line, bare) == "20:55:36  400  - -  2.2 KiB in 1.2 ms  127.0.0.1\n");
}

TEST_CASE("JSON carries every field") {
    const auto json = nlohmann::json::parse(line(append_json_line, example()));
    CHECK(json["time"] == "2000-10-10T20:55:36.789Z");
    CHECK(json["target"] == "/a%20b?x");
    CHECK(json["status"] == 200);
    CHECK(json["bytes"] == 2326);
    CHECK(json["duration_s"] == doctest::Approx(0.001234));
    CHECK(json["referer"] == "http://localhost/");
    CHECK(json["port"] == 4711);
    AccessRecord local = example();
    local.client = "unix";
    local.port = 0;
    CHECK_FALSE(nlohmann::json::parse(line(append_json_line, local)).contains("port"));
}

TEST_CASE("the short line reads well") {
    CHECK(line(append_short_line, example()) == "20:55:36  200  GET /a%20b?x  2.2 KiB in 1.2 ms  127.0.0.1\n");
}

TEST_CASE("no byte that a client sends splits a line, ends a quote or reaches a terminal raw") {
    for (unsigned byte = 0; byte < 256; ++byte) {
        const std::string text = {'a', static_cast<char>(byte), 'b'};
        AccessRecord record = example();
        record.method = record.target = record.version = record.referer = record.user_agent = record.client = text;
        for (const Formatter formatter : formatters) {
            const std::string made = line(formatter, record);
            REQUIRE(std::count(made.begin(), made.end(), '\n') == 1);
            REQUIRE(made.back() == '\n');
            if (formatter == &append_json_line) {
                REQUIRE(nlohmann::json::accept(made));
                continue;
            }
            REQUIRE(std::all_of(made.begin(), made.end() - 1, [](char c) { return c >= 0x20 && c < 0x7F; }));
            // Only quotes that are not escaped end a field: two for the request, four more for what follows it.
            std::size_t quotes = 0;
            for (std::size_t i = 0; i < made.size(); ++i) {
                if (made[i] == '\\') ++i;
                else if (made[i] == '"') ++quotes;
            }
            REQUIRE(quotes == (formatter == &append_common_line ? 2u : formatter == &append_combined_line ? 6u : 0u));
        }
    }
}

TEST_CASE("the journal gets an entry of fields, and what a client sends makes none of its own") {  // systemd.journal-fields(7)
    const std::string begin = std::string("PRIORITY=6\nSYSLOG_IDENTIFIER=filesrvd\nMESSAGE_ID=").append(observe::journal_access_id);
    CHECK(line(append_journal_lines, example()) ==
          begin + "\nFILESRV_CLIENT=127.0.0.1\nFILESRV_METHOD=GET\nFILESRV_TARGET=/a%20b?x\nFILESRV_STATUS=200\nFILESRV_BYTES=2326\n"
                  "FILESRV_DURATION_US=1234\nMESSAGE=200 GET /a%20b?x HTTP/1.1 2.2 KiB in 1.2 ms 127.0.0.1\n\n");
    AccessRecord forged = example();
    forged.target = "/\nPRIORITY=0";
    const std::string text = line(append_journal_lines, forged);
    CHECK(text.find("\nPRIORITY=0") == std::string::npos);
    CHECK(text.find("\n\n") == text.size() - 2);
}
