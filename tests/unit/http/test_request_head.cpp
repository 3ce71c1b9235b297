// SPDX-License-Identifier: MIT
#include "http/request_head.hpp"

#include <doctest/doctest.h>

#include <cstring>
#include <memory>
#include <string>
#include <vector>

using namespace filesrv::http;

namespace {

/// What a parser ends with, in a form that can be compared.
std::string outcome(const RequestHead& head) {
    if (head.state() == ParseState::incomplete) return "incomplete";
    if (head.state() == ParseState::rejected)
        return std::to_string(code(head.reject().status)) + " " + std::string(head.reject().detail);
    std::string text = std::to_string(head.size()) + " " + std::string(head.method_text()) + " " +
                       std::string(head.target_text());
    for (std::size_t i = 0; i < head.field_count(); ++i) {
        const auto field = head.field(i);
        text.append("|").append(field.name).append("=").append(field.value);
    }
    return text;
}

int verdict(const std::string& bytes) {
    RequestHead head;
    switch (head.parse(bytes)) {
        case ParseState::incomplete:
            return -1;
        case ParseState::complete:
            return 0;
        case ParseState::rejected:
            return static_cast<int>(code(head.reject().status));
    }
    return -2;
}

std::string request_line_of(std::size_t bytes) {
    return "GET /" + std::string(bytes - std::strlen("GET / HTTP/1.1"), 'a') + " HTTP/1.1\r\n";
}

std::string bytes_above_ascii() {
    std::string all;
    for (int byte = 0x80; byte <= 0xFF; ++byte) all.push_back(static_cast<char>(byte));
    return all;
}

struct Case {
    const char* title;
    std::string bytes;
    int verdict;  // 0 = complete, -1 = incomplete, else the status
};

const std::vector<Case>& corpus() {
    static const std::vector<Case> cases = {
        {"curl",
         "GET /a/b.txt?q HTTP/1.1\r\nHost: localhost:8080\r\nUser-Agent: curl/7.88.1\r\nAccept: */*\r\n\r\n",
         0},
        {"no fields", "GET / HTTP/1.0\r\n\r\n", 0},
        {"pipelined", "GET / HTTP/1.1\r\nHost: a\r\n\r\nGET /second HTTP/1.1\r\n\r\n", 0},
        {"a body follows", "PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\n\0\r\n", 0},
        {"empty lines before, RFC 9112 2.2", "\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n", 0},
        {"four empty lines before", "\r\n\r\n\r\n\r\nGET / HTTP/1.1\r\n\r\n", 0},
        {"five empty lines before", "\r\n\r\n\r\n\r\n\r\nGET / HTTP/1.1\r\n\r\n", 400},
        {"an empty line with LF only", "\nGET / HTTP/1.1\r\n\r\n", 400},
        {"a lone CR before", "\rGET / HTTP/1.1\r\n\r\n", 400},
        {"a tab in a value", "GET / HTTP/1.1\r\nhoSt:\texample.com\r\nempty:\r\n\r\n", 0},
        {"blanks around a value", "GET / HTTP/1.1\r\nA: \t b c \t \r\n\r\n", 0},
        {"bytes above ASCII", "GET /\xc3\xbc HTTP/1.1\r\nA: \xff\x80\r\n\r\n", 0},
        {"minor version above ours, RFC 9110 2.5", "GET / HTTP/1.7\r\n\r\n", 0},
        {"quotes and bars in the target, which browsers send", "GET /a\"b\"?c=\"d\"|e HTTP/1.1\r\n\r\n", 0},
        {"every byte above ASCII in a value, RFC 9110 5.5",
         "GET / HTTP/1.1\r\nA: " + bytes_above_ascii() + "\r\n\r\n", 0},
        {"incomplete", "GET / HTTP/1.1\r\nHost: a\r\n\r", -1},
        {"lower-case method", "get / HTTP/1.1\r\n\r\n", 0},
        {"unknown method", "PROPFIND / HTTP/1.1\r\n\r\n", 0},
        {"HTTP/2 preface", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505},
        {"HTTP/0.9 with a version", "GET / HTTP/0.9\r\n\r\n", 505},
        {"HTTP/9.9", "GET / HTTP/9.9\r\n\r\n", 505},
        {"no version", "GET /\r\n\r\n", 400},
        {"no version but a space", "GET / \r\n\r\n", 400},
        {"lower-case version, RFC 9112 2.3", "GET / http/1.1\r\n\r\n", 400},
        {"two-digit version", "GET / HTTP/1.10\r\n\r\n", 400},
        {"version with a blank", "GET / HTTP/1.1 \r\n\r\n", 400},
        {"version without a minor", "GET / HTTP/1\r\n\r\n", 400},
        {"another protocol", "GET / ICE/1.0\r\n\r\n", 400},
        {"another protocol with a method of HTTP", "OPTIONS /music RTSP/1.0\r\nHost: a\r\n\r\n", 400},
        {"HTTP/1.1 in the place of the target", "GET HTTP/1.1 HTTP/1.1 x\r\n\r\n", 400},
        {"words before the method", "Extra lineGET / HTTP/1.1\r\nHost: a\r\n\r\n", 400},
        {"two spaces, RFC 9112 3", "GET  / HTTP/1.1\r\n\r\n", 400},
        {"a space in the target", "GET /a b HTTP/1.1\r\n\r\n", 400},
        {"a tab as separator", "GET\t/\tHTTP/1.1\r\n\r\n", 400},
        {"a tab in the target", "GET /a\tb HTTP/1.1\r\n\r\n", 400},
        {"no target", "GET HTTP/1.1\r\n\r\n", 400},
        {"a NUL in the target", std::string("GET /a\0b HTTP/1.1\r\n\r\n", 21), 400},
        {"DEL in the target", "GET /\x7f HTTP/1.1\r\n\r\n", 400},
        {"a bare CR in the target", "GET /a\rb HTTP/1.1\r\n\r\n", 400},
        {"a method that is no token", "G(T / HTTP/1.1\r\n\r\n", 400},
        {"a space first", " GET / HTTP/1.1\r\n\r\n", 400},
        {"a TLS hello", "\x16\x03\x01\x02", 400},
        {"a request line with LF only", "GET / HTTP/1.1\nHost: a\r\n\r\n", 400},
        {"a field line with LF only, RFC 9112 2.2", "GET / HTTP/1.1\r\nHost: a\nB: c\r\n\r\n", 400},
        {"an empty line with LF only at the end", "GET / HTTP/1.1\r\nHost: a\r\n\n", 400},
        {"a bare CR in a value, RFC 9112 2.2", "GET / HTTP/1.1\r\nA: b\rc\r\n\r\n", 400},
        {"CR CR LF", "GET / HTTP/1.1\r\nA: b\r\r\n\r\n", 400},
        {"a CR before a name", "GET / HTTP/1.1\r\nHost: a\r\n\rB: c\r\n\r\n", 400},
        {"a NUL in a value, RFC 9110 5.5", std::string("GET / HTTP/1.1\r\nA: b\0c\r\n\r\n", 27), 400},
        {"a control character in a value", "GET / HTTP/1.1\r\nA: test\x07\r\n\r\n", 400},
        {"DEL in a long value", "GET / HTTP/1.1\r\nA: abcdefghijklmnop\x7fqrstuvw\r\n\r\n", 400},
        {"a folded line, RFC 9112 5.2", "GET / HTTP/1.1\r\nA: b\r\n c\r\n\r\n", 400},
        {"a folded line with a tab", "GET / HTTP/1.1\r\nA: b\r\n\tc\r\n\r\n", 400},
        {"a blank before the first field, RFC 9112 2.2", "GET / HTTP/1.1\r\n Host: a\r\n\r\n", 400},
        {"a blank before the colon, RFC 9112 5.1", "GET / HTTP/1.1\r\nHost : a\r\n\r\n", 400},
        {"a tab before the colon", "GET / HTTP/1.1\r\nHost\t: a\r\n\r\n", 400},
        {"a CR within a name", "GET / HTTP/1.1\r\nContent\rLength: 5\r\n\r\n", 400},
        {"a control character in a name, RFC 9110 5.1", "GET / HTTP/1.1\r\nA\x01B: c\r\n\r\n", 400},
        {"an at sign in a name", "GET / HTTP/1.1\r\nA@: b\r\n\r\n", 400},
        {"a body where a field should be, RFC 9112 2.1",
         "PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\rabc\r\n", 400},
        {"no colon", "GET / HTTP/1.1\r\nHost\r\n\r\n", 400},
        {"no name", "GET / HTTP/1.1\r\n: a\r\n\r\n", 400},
        {"a name that is no token, RFC 9110 5.1", "GET / HTTP/1.1\r\nX-Invalid[]: a\r\n\r\n", 400},
        {"a name above ASCII", "GET / HTTP/1.1\r\n\xc3\xbc: a\r\n\r\n", 400},
    };
    return cases;
}

}  // namespace

TEST_CASE("heads are read strictly") {
    for (const Case& c : corpus()) {
        CAPTURE(c.title);
        CHECK(verdict(c.bytes) == c.verdict);
    }
}

TEST_CASE("no split of the bytes changes the outcome") {
    for (const Case& c : corpus()) {
        CAPTURE(c.title);
        RequestHead whole;
        (void)whole.parse(c.bytes);
        const std::string expected = outcome(whole);
        for (std::size_t split = 0; split <= c.bytes.size(); ++split) {
            RequestHead head;
            (void)head.parse(std::string_view(c.bytes).substr(0, split));
            (void)head.parse(c.bytes);
            REQUIRE(outcome(head) == expected);
        }
        RequestHead head;
        for (std::size_t size = 0; size <= c.bytes.size(); ++size) {
            // A buffer of its own each time: a look at a byte that has not come is the sanitizer's to see.
            const auto copy = std::make_unique<char[]>(size);
            std::memcpy(copy.get(), c.bytes.data(), size);
            (void)head.parse({copy.get(), size});
            if (size < c.bytes.size()) continue;
            REQUIRE(outcome(head) == expected);
        }
    }
}

TEST_CASE("a request line may have 8192 bytes and no more") {  // RFC 9112 3
    using limits::request_line_bytes_max;
    CHECK(verdict(request_line_of(request_line_bytes_max) + "\r\n") == 0);
    CHECK(verdict(request_line_of(request_line_bytes_max + 1) + "\r\n") == 414);
    CHECK(verdict(std::string(request_line_bytes_max + 1, 'G')) == -1);
    CHECK(verdict(std::string(request_line_bytes_max + 2, 'G')) == 414);
}

TEST_CASE("a head may have 32768 bytes and no more") {  // RFC 6585 5
    const std::string start = "GET / HTTP/1.1\r\nA: ";
    const std::size_t rest = limits::head_bytes_max - start.size() - 4;
    CHECK(verdict(start + std::string(rest, 'a') + "\r\n\r\n") == 0);
    CHECK(verdict(start + std::string(rest + 1, 'a') + "\r\n\r\n") == 431);
    CHECK(verdict(std::string(limits::leading_empty_lines_max, ' ').replace(0, 4, "\r\n\r\n") + start +
                  std::string(rest, 'a') + "\r\n\r\n") == 0);
    // A line that is bad, but ends past the limit, gets the same verdict whole as in single bytes.
    CHECK(verdict(start + std::string(limits::head_bytes_max, '\x01') + "\r\n\r\n") == 431);
}

TEST_CASE("a head may have 100 fields and no more") {
    std::string head = "GET / HTTP/1.1\r\n";
    for (std::size_t i = 0; i < limits::fields_max; ++i) head.append("A: b\r\n");
    CHECK(verdict(head + "\r\n") == 0);
    CHECK(verdict(head + "A: b\r\n\r\n") == 431);
}

TEST_CASE("single bytes are looked at once") {
    // A megabyte a quadratic parser would take minutes for is not allowed, so: the largest head, many times.
    const std::string bytes = "GET / HTTP/1.1\r\nA: " + std::string(32000, 'a') + "\r\n\r\n";
    RequestHead head;
    for (int round = 0; round < 20; ++round) {
        head.reset();
        for (std::size_t size = 1; size < bytes.size(); ++size)
            REQUIRE(head.parse({bytes.data(), size}) == ParseState::incomplete);
        REQUIRE(head.parse(bytes) == ParseState::complete);
    }
}

TEST_CASE("known fields are found by kind, in order") {
    const std::string bytes =
        "GET /t HTTP/1.1\r\nHost: h\r\nIf-None-Match: \"a\"\r\nX: y\r\nIF-NONE-MATCH: "
        "\"b\"\r\naccept:\r\n\r\n";
    RequestHead head;
    REQUIRE(head.parse(bytes) == ParseState::complete);
    CHECK(head.count(KnownField::if_none_match) == 2);
    CHECK(head.first(KnownField::if_none_match) == "\"a\"");
    std::string all;
    head.for_each(KnownField::if_none_match, [&all](std::string_view value) { all.append(value); });
    CHECK(all == "\"a\"\"b\"");
    CHECK(head.has(KnownField::accept));
    CHECK(head.first(KnownField::accept).empty());
    CHECK_FALSE(head.has(KnownField::range));
    CHECK(head.count(KnownField::range) == 0);
    CHECK(head.field(2).name == "X");
    CHECK(head.field(2).known == KnownField::other);
    CHECK(head.method() == Method::get);
    CHECK(head.version() == HttpVersion::http_1_1);
}

TEST_CASE("a head moves with its bytes") {
    std::string bytes = "GET /t HTTP/1.1\r\nHost: h\r\n\r\n";
    RequestHead head;
    REQUIRE(head.parse(bytes) == ParseState::complete);
    const std::string elsewhere = bytes;
    bytes.assign(bytes.size(), '#');
    RequestHead moved = head;
    moved.rebase(elsewhere.data());
    CHECK(moved.target_text() == "/t");
    CHECK(moved.first(KnownField::host) == "h");
}

TEST_CASE("the method is known of any head that has one: no answer to HEAD has a body") {  // RFC 9110 9.3.2
    for (const std::string& bad :
         {std::string("HEAD / HTTP/1.1\r\nA B: c\r\n\r\n"), std::string("HEAD / HTTP/3.0\r\n\r\n"),
          std::string("HEAD /a b HTTP/1.1\r\n\r\n"), std::string("HEAD /\r\n\r\n"),
          "HEAD /" + std::string(9000, 'a'), "HEAD " + std::string(9000, ' ')}) {
        CAPTURE(bad.substr(0, 20));
        RequestHead head;
        REQUIRE(head.parse(bad) == ParseState::rejected);
        CHECK(head.method() == Method::head);
        head.reset();
        CHECK(head.method() == Method::unknown);
    }
    for (const std::string& other : {std::string("HEADER"), std::string("head /a b HTTP/1.1\r\n\r\n"),
                                     std::string(9000, 'H'), "HEAD\t" + std::string(9000, ' ')}) {
        RequestHead head;
        (void)head.parse(other);
        CHECK(head.method() == Method::unknown);
    }
}

TEST_CASE("a rejected head keeps its request line for the log, a reset one nothing") {
    RequestHead head;
    const std::string bad = "PUT /x HTTP/1.1\r\nA B: c\r\n\r\n";
    REQUIRE(head.parse(bad) == ParseState::rejected);
    CHECK(head.has_request_line());
    CHECK(head.target_text() == "/x");
    CHECK(head.method() == Method::put);
    head.reset();
    CHECK_FALSE(head.has_request_line());
    const std::string good = "GET / HTTP/1.0\r\n\r\n";
    REQUIRE(head.parse(good) == ParseState::complete);
    CHECK(head.field_count() == 0);
    CHECK(head.size() == good.size());
    CHECK(head.version() == HttpVersion::http_1_0);
}
