// SPDX-License-Identifier: MIT
#include "serve/access_log_line.hpp"

#include <doctest/doctest.h>

#include <algorithm>

#include <nlohmann/json.hpp>

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
