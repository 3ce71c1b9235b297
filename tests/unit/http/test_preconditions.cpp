// SPDX-License-Identifier: MIT
#include "http/preconditions.hpp"

#include "parsed.hpp"

#include <doctest/doctest.h>

#include <vector>

using namespace filesrv;
using namespace filesrv::http;

namespace {

constexpr std::int64_t modified = 784111777;  // Sun, 06 Nov 1994 08:49:37 GMT
const WallTime now{std::chrono::seconds(1'800'000'000)};
const EntityInfo entity{.size = 10,
                        .modified = WallTime(std::chrono::seconds(modified) + std::chrono::milliseconds(500)),
                        .etag = "\"x\"",
                        .content_type = "text/plain"};

struct Row {
    const char* fields;
    Verdict read;             // GET and HEAD of a file that is there
    Verdict write;            // PUT and POST over it
    Verdict write_when_none;  // PUT where there is none
};

constexpr const char* same = "Sun, 06 Nov 1994 08:49:37 GMT\r\n";
constexpr const char* earlier = "Sun, 06 Nov 1994 08:49:36 GMT\r\n";
constexpr const char* later = "Mon, 07 Nov 1994 08:49:37 GMT\r\n";

std::vector<std::pair<std::string, Row>> dated_rows() {
    using enum Verdict;
    const auto field = [](const char* name, const char* date) { return std::string(name) + ": " + date; };
    return {
        {field("If-Modified-Since", same), {"", not_modified, proceed, proceed}},
        {field("If-Modified-Since", later), {"", not_modified, proceed, proceed}},
        {field("If-Modified-Since", earlier), {"", proceed, proceed, proceed}},
        {"If-Modified-Since: Sunday, 06-Nov-94 08:49:37 GMT\r\n", {"", not_modified, proceed, proceed}},
        {"If-Modified-Since: Sun Nov  6 08:49:37 1994\r\n", {"", not_modified, proceed, proceed}},
        {"If-Modified-Since: yesterday\r\n", {"", proceed, proceed, proceed}},
        {"If-Modified-Since:\r\n", {"", proceed, proceed, proceed}},
        {field("If-Modified-Since", same) + field("If-Modified-Since", same),
         {"", proceed, proceed, proceed}},
        {field("If-Unmodified-Since", same), {"", proceed, proceed, proceed}},
        {field("If-Unmodified-Since", later), {"", proceed, proceed, proceed}},
        {field("If-Unmodified-Since", earlier), {"", failed, failed, proceed}},
        {"If-Unmodified-Since: Sunday, 06-Nov-94 08:49:36 GMT\r\n", {"", failed, failed, proceed}},
        {"If-Unmodified-Since: Sunday, 06-Nov-94 08:49:37 GMT\r\n", {"", proceed, proceed, proceed}},
        {"If-Unmodified-Since: Sun Nov  6 08:49:36 1994\r\n", {"", failed, failed, proceed}},
        {"If-Unmodified-Since: Sun Nov  6 08:49:37 1994\r\n", {"", proceed, proceed, proceed}},
        {field("If-Unmodified-Since", earlier) + field("If-Unmodified-Since", earlier),
         {"", proceed, proceed, proceed}},
        {"If-Unmodified-Since: 0\r\n", {"", proceed, proceed, proceed}},
        // 13.2.2: the tag decides, the date beside it is not looked at
        {"If-Match: \"x\"\r\n" + field("If-Unmodified-Since", earlier), {"", proceed, proceed, failed}},
        {"If-Match: \"y\"\r\n" + field("If-Unmodified-Since", later), {"", failed, failed, failed}},
        {"If-None-Match: \"y\"\r\n" + field("If-Modified-Since", same), {"", proceed, proceed, proceed}},
        {"If-None-Match: \"x\"\r\n" + field("If-Modified-Since", earlier),
         {"", not_modified, failed, proceed}},
        // the field is there, so the date is not looked at, even if it cannot be read (13.1.3)
        {"If-None-Match: y\r\n" + field("If-Modified-Since", same), {"", proceed, failed, failed}},
        {"If-None-Match: \"x\"\r\nIf-Modified-Since: yesterday\r\n", {"", not_modified, failed, proceed}},
        // 13.2.2: If-Match first, then If-None-Match
        {"If-Match: \"x\"\r\nIf-None-Match: \"x\"\r\n", {"", not_modified, failed, failed}},
        {"If-Match: \"y\"\r\nIf-None-Match: \"x\"\r\n", {"", failed, failed, failed}},
        {field("If-Unmodified-Since", earlier) + "If-None-Match: \"x\"\r\n", {"", failed, failed, proceed}},
        {field("If-Unmodified-Since", same) + field("If-Modified-Since", same),
         {"", not_modified, proceed, proceed}},
    };
}

void check(const std::string& fields, const Row& row) {
    CAPTURE(fields);
    const test::Parsed parsed(test::get_with(fields));
    REQUIRE_FALSE(parsed.reject);
    const Conditions kept = parsed.request.conditions;
    CHECK(evaluate(kept, entity, true, now) == row.read);
    CHECK(evaluate(kept, entity, false, now) == row.write);
    CHECK(evaluate(kept, std::nullopt, false, now) == row.write_when_none);
}

}  // namespace

TEST_CASE("tags are preconditions of reads and writes") {  // RFC 9110 13.1.1, 13.1.2
    using enum Verdict;
    for (const Row& row :
         {Row{"", proceed, proceed, proceed},
          {"If-Match: \"x\"\r\n", proceed, proceed, failed},
          {"If-Match: *\r\n", proceed, proceed, failed},
          {"If-Match: \"y\"\r\n", failed, failed, failed},
          {"If-Match: W/\"x\"\r\n", failed, failed, failed},
          {"If-Match: \"y\", \"x\"\r\n", proceed, proceed, failed},
          {"If-Match: \"y\"\r\nIf-Match: \"x\"\r\n", proceed, proceed, failed},
          {"If-Match:\r\n", failed, failed, failed},
          {"If-Match: x\r\n", failed, failed, failed},
          {"If-Match: \"x\", y\r\n", failed, failed, failed},
          {"If-Match: *\r\nIf-Match: \"x\"\r\n", failed, failed, failed},
          {"If-None-Match: \"x\"\r\n", not_modified, failed, proceed},
          {"If-None-Match: W/\"x\"\r\n", not_modified, failed, proceed},
          {"If-None-Match: \"y\"\r\n", proceed, proceed, proceed},
          {"If-None-Match: \"y\", W/\"z\"\r\nIf-None-Match: \"x\"\r\n", not_modified, failed, proceed},
          {"If-None-Match: *\r\n", not_modified, failed, proceed},
          {"If-None-Match:\r\n", proceed, proceed, proceed},
          {"If-None-Match: x\r\n", proceed, failed, failed},
          {"If-None-Match: *, \"y\"\r\n", proceed, failed, failed}}) {
        check(row.fields, row);
    }
}

TEST_CASE("dates are preconditions where no tag speaks") {  // RFC 9110 13.1.3, 13.1.4, 13.2.2
    for (const auto& [fields, row] : dated_rows()) check(fields, row);
}

TEST_CASE("a weak tag never satisfies If-Match") {  // RFC 9110 13.1.1
    EntityInfo weak = entity;
    weak.etag = "W/\"x\"";
    const test::Parsed match(test::get_with("If-Match: W/\"x\"\r\n"));
    CHECK(evaluate(match.request.conditions, weak, true, now) == Verdict::failed);
    const test::Parsed none_match(test::get_with("If-None-Match: \"x\"\r\n"));
    CHECK(evaluate(none_match.request.conditions, weak, true, now) == Verdict::not_modified);
}

TEST_CASE("what has no tag matches only the asterisk") {
    EntityInfo bare = entity;
    bare.etag = {};
    CHECK(evaluate(test::Parsed(test::get_with("If-Match: \"\"\r\n")).request.conditions, bare, false, now) ==
          Verdict::failed);
    CHECK(evaluate(test::Parsed(test::get_with("If-Match: *\r\n")).request.conditions, bare, false, now) ==
          Verdict::proceed);
    CHECK(evaluate(test::Parsed(test::get_with("If-None-Match: \"\"\r\n")).request.conditions, bare, true,
                   now) == Verdict::proceed);
}

TEST_CASE("conditions outlive the request, and do not leak into the next one") {
    Conditions kept;
    Request reused;
    {
        const std::string bytes = test::get_with("If-Match: \"x\"\r\n");
        RequestHead head;
        REQUIRE(head.parse(bytes) == ParseState::complete);
        REQUIRE_FALSE(interpret(head, reused));
        kept = reused.conditions;
    }
    CHECK(evaluate(kept, std::nullopt, false, now) == Verdict::failed);
    const std::string bytes = test::get_with("If-None-Match: \"y\"\r\n");
    RequestHead head;
    REQUIRE(head.parse(bytes) == ParseState::complete);
    REQUIRE_FALSE(interpret(head, reused));
    CHECK(evaluate(reused.conditions, std::nullopt, false, now) == Verdict::proceed);
}
