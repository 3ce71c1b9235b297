// SPDX-License-Identifier: MIT
#include "http/response_plan.hpp"

#include "parsed.hpp"

#include <doctest/doctest.h>

using namespace filesrv;
using namespace filesrv::http;

namespace {

const WallTime now{std::chrono::seconds(1'800'000'000)};
const EntityInfo entity{.size = 11,
                        .modified = WallTime(std::chrono::seconds(784111777)),
                        .etag = "\"x\"",
                        .content_type = "text/plain"};

/// `status offset+length`, with `body` when one is sent.
std::string planned(const std::string& method, const std::string& fields, PlanOptions options = {}) {
    const test::Parsed parsed(method + " /f HTTP/1.1\r\nHost: a\r\n" + fields + "\r\n");
    REQUIRE_FALSE(parsed.reject);
    const ResponsePlan p = plan(parsed.request, entity, now, options);
    CHECK(p.size == 11);
    return std::to_string(code(p.status)) + " " + std::to_string(p.slice.offset) + "+" +
           std::to_string(p.slice.length) + (p.send_body ? " body" : "") + (p.is_multipart() ? " parts" : "");
}

}  // namespace

TEST_CASE("an answer is planned from the request and the entity alone") {  // RFC 9110 13.2.2, 14.2
    struct Row {
        const char *fields, *get, *head;
    };
    constexpr const char* date = "Sun, 06 Nov 1994 08:49:37 GMT\r\n";
    const std::string if_range_date = std::string("Range: bytes=0-4\r\nIf-Range: ") + date;
    for (const Row& row :
         {Row{"", "200 0+11 body", "200 0+11"},
          {"Range: bytes=2-4\r\n", "206 2+3 body", "200 0+11"},
          {"Range: bytes=0-99\r\n", "206 0+11 body", "200 0+11"},
          {"Range: bytes=11-\r\n", "416 0+0 body", "200 0+11"},
          {"Range: bytes=x\r\n", "200 0+11 body", "200 0+11"},
          {"Range: bytes=0-1\r\nRange: bytes=2-3\r\n", "200 0+11 body", "200 0+11"},
          {"Range: bytes=0-1,5-6\r\n", "200 0+11 body", "200 0+11"},
          {"Range: bytes=0-1,2-6\r\n", "206 0+7 body", "200 0+11"},
          {"Range: bytes=0-4\r\nIf-Range: \"x\"\r\n", "206 0+5 body", "200 0+11"},
          {"Range: bytes=0-4\r\nIf-Range: \"y\"\r\n", "200 0+11 body", "200 0+11"},
          {"Range: bytes=99-\r\nIf-Range: \"y\"\r\n", "200 0+11 body", "200 0+11"},
          {"Range: bytes=0-4\r\nIf-Range: \"x\"\r\nIf-Range: \"x\"\r\n", "200 0+11 body", "200 0+11"},
          {if_range_date.c_str(), "206 0+5 body", "200 0+11"},
          {"If-None-Match: \"x\"\r\n", "304 0+0", "304 0+0"},
          {"If-None-Match: \"x\"\r\nRange: bytes=0-4\r\n", "304 0+0", "304 0+0"},
          {"If-Match: \"y\"\r\nRange: bytes=0-4\r\n", "412 0+0", "412 0+0"},
          {"If-Match: \"x\"\r\nRange: bytes=0-4\r\n", "206 0+5 body", "200 0+11"},
          {"If-None-Match: \"y\"\r\nRange: bytes=99-\r\n", "416 0+0 body", "200 0+11"}}) {
        CAPTURE(row.fields);
        CHECK(planned("GET", row.fields) == row.get);
        CHECK(planned("HEAD", row.fields) == row.head);
    }
}

TEST_CASE("several ranges are several parts where the caller can send them") {  // RFC 9110 15.3.7.2
    CHECK(planned("GET", "Range: bytes=0-1,5-6\r\n", {.multipart = true}) == "206 0+2 body parts");
    CHECK(planned("GET", "Range: bytes=0-1,2-6\r\n", {.multipart = true}) == "206 0+7 body");
    CHECK(planned("GET", "Range: bytes=0-1,99-\r\n", {.multipart = true}) == "206 0+2 body");
}
