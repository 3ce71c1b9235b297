// SPDX-License-Identifier: MIT
// Fields of answers.
#include <doctest/doctest.h>

#include "tools/filesrv-client/answer_head.hpp"
#include "tools/filesrv-client/attempt_error.hpp"

using namespace filesrv::client;

TEST_CASE("only what names the very bytes is a strong validator") {
    constexpr const char* then = "Sun, 06 Nov 1994 08:49:37 GMT";
    constexpr const char* later = "Sun, 06 Nov 1994 08:49:38 GMT";
    const auto validator = [](std::string etag, std::string modified, std::string date) {
        return strong_validator({.etag = std::move(etag), .last_modified = std::move(modified), .date = std::move(date)});
    };
    CHECK(validator("\"a\"", then, later) == "\"a\"");
    CHECK(validator("W/\"a\"", then, later).empty());  // RFC 9110 §13.1.5
    CHECK(validator("a", then, later).empty());
    CHECK(validator("", then, later) == then);
    CHECK(validator("", then, then).empty());          // RFC 9110 §8.8.2.2
    CHECK(validator("", then, "").empty());
    CHECK(validator("", "", later).empty());
}

TEST_CASE("a head is read from its lines") {
    AnswerHead head;
    HeadLines lines;
    const auto read = [&](std::initializer_list<std::string_view> all) {
        for (const std::string_view line : all) lines.add(line, head);
    };
    read({"HTTP/1.1 103 Early Hints\r\n", "ETag: \"early\"\r\n", "\r\n"});
    CHECK(lines.have_ended());
    read({"HTTP/1.1 200 O\x1bK \r\n", "etag:\t\"a\" \r\n", "Content-Length: 5\r\n", ":\r\n", "Date\r\n", "Date :x\n", "Repr-Digest: a=:b:\n",
          "Repr-Digest: c=:d:\r\n", "Location: /a\r\n", " b\r\n", " \r\n", "X: y\r\n", " z\r\n"});
    CHECK_FALSE(lines.have_ended());
    read({"\r\n", "Retry-After: 5\r\n", "\r\n"});  // a trailer
    CHECK(lines.have_ended());
    CHECK(head.status_line == "HTTP/1.1 200 O\\x1BK");
    CHECK(head.etag == "\"a\"");
    CHECK(head.date.empty());
    CHECK(head.repr_digest == "a=:b:, c=:d:");
    CHECK(head.location == "/a b ");
    CHECK(head.retry_after.empty());
}

TEST_CASE("Content-Range is read strictly") {
    const auto range = parse_content_range("bytes 5-9/10");
    REQUIRE(range);
    CHECK(range->first == 5);
    CHECK(range->last == 9);
    CHECK(range->size == 10U);
    CHECK_FALSE(parse_content_range("BYTES 5-9/*")->size);
    for (const char* bad : {"", "bytes", "bytes */10", "bytes 5-9", "bytes 9-5/10", "bytes 5-10/10", "bytes -9/10", "bytes 5-/10",
                            "bytes +5-9/10", "items 5-9/10", "bytes 5-9/x"}) {
        CAPTURE(bad);
        CHECK_FALSE(parse_content_range(bad));
    }
}

TEST_CASE("an error answer is one printable clause") {
    const AnswerHead missing{.status = 404, .status_line = "HTTP/1.1 404 Not Found"};
    CHECK(describe_answer(missing, "") == "404 Not Found");
    CHECK(describe_answer(missing, "no such file\nmore") == "404 Not Found: no such file");
    CHECK(describe_answer(missing, "404 Not Found\n") == "404 Not Found");
    CHECK(describe_answer(missing, "404 Not Found\r\n\r\nnothing here\r\n") == "404 Not Found: nothing here");
    CHECK(describe_answer(missing, "404 Not Found\n404 Not Found") == "404 Not Found");
    CHECK(describe_answer(missing, "<html>") == "404 Not Found");
    CHECK(describe_answer(missing, "\x1b[2J") == "404 Not Found: \\x1B[2J");
    CHECK(describe_answer({.status = 301, .status_line = "HTTP/1.1 301 Moved", .location = "/b/"}, "x") == "301 Moved, to /b/");
    CHECK(describe_answer({.status = 404, .status_line = "HTTP/1.1"}, "").size() < 10);
}
