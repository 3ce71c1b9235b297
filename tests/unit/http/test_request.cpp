// SPDX-License-Identifier: MIT
#include "http/request.hpp"

#include "parsed.hpp"

#include <doctest/doctest.h>

using namespace filesrv::http;
using test::Parsed;

namespace {

int verdict(const std::string& line, const std::string& fields) {
    return Parsed(line + "\r\n" + fields + "\r\n").verdict();
}

int post(const std::string& fields) {
    return verdict("POST /f HTTP/1.1", "Host: a\r\n" + fields);
}

}  // namespace

TEST_CASE("a body's length is one plain number") {  // RFC 9110 8.6, RFC 9112 6.3
    struct Row {
        const char* fields;
        int verdict;
    };
    for (const Row& row : {Row{"Content-Length: 0\r\n", 0},
                           {"Content-Length: 5\r\n", 0},
                           {"Content-Length:   5  \r\n", 0},
                           {"Content-Length: 005\r\n", 0},
                           {"Content-Length: 9223372036854775807\r\n", 0},
                           {"Content-Length: 9223372036854775808\r\n", 413},
                           {"Content-Length: 18446744073709551616\r\n", 400},
                           {"Content-Length:\r\n", 400},
                           {"Content-Length: -1\r\n", 400},
                           {"Content-Length: +5\r\n", 400},
                           {"Content-Length: -123456789123456789123456789\r\n", 400},
                           {"Content-Length: \t5\t\r\n", 0},
                           {"Content-Length: 4 2\r\n", 400},
                           {"Content-Length: 4\t2\r\n", 400},
                           {"Content-Length: 5 5\r\n", 400},
                           {"Content-Length: 5,5\r\n", 400},
                           {"Content-Length: 5, 6\r\n", 400},
                           {"Content-Length: 0x5\r\n", 400},
                           {"Content-Length: 5.0\r\n", 400},
                           {"Content-Length: 1e3\r\n", 400},
                           {"Content-Length: 1_0\r\n", 400},
                           {"Content-Length: five\r\n", 400},
                           {"Content-Length: \"5\"\r\n", 400},
                           {"Content-Length: 5;\r\n", 400},
                           {"Content-Length: \xb2\r\n", 400},
                           {"Content-Length: 5\r\nContent-Length: 5\r\n", 400},
                           {"Content-Length: 5\r\nContent-Length: 6\r\n", 400},
                           {"Content-Length: 5\r\nCONTENT-LENGTH:\r\n", 400}}) {
        CAPTURE(row.fields);
        CHECK(post(row.fields) == row.verdict);
    }
}

TEST_CASE("a transfer coding is chunked alone") {  // RFC 9112 6.1, 6.3, 7
    struct Row {
        const char* fields;
        int verdict;
    };
    for (const Row& row : {Row{"Transfer-Encoding: chunked\r\n", 0},
                           {"Transfer-Encoding: CHUNKED\r\n", 0},
                           {"Transfer-Encoding: \tchunked \r\n", 0},
                           {"Transfer-Encoding: chunked, chunked\r\n", 400},
                           {"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n", 400},
                           {"Transfer-Encoding: chunked, identity\r\n", 400},
                           {"Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n", 400},
                           {"Transfer-Encoding: identity\r\n", 400},
                           {"Transfer-Encoding: gzip\r\n", 400},
                           {"Transfer-Encoding:\r\n", 400},
                           {"Transfer-Encoding: gzip, chunked\r\n", 501},
                           {"Transfer-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n", 501},
                           {"Transfer-Encoding: identity, chunked\r\n", 501},
                           {"Transfer-Encoding: ,chunked\r\n", 400},
                           {"Transfer-Encoding: chunked,\r\n", 400},
                           {"Transfer-Encoding: xchunked\r\n", 400},
                           {"Transfer-Encoding: chunkedchunked\r\n", 400},
                           {"Transfer-Encoding: \"chunked\"\r\n", 400},
                           {"Transfer-Encoding: chunked;q=1\r\n", 400},
                           {"Transfer-Encoding: 'chunked'\r\n", 400},
                           {"Transfer-Encoding: \x80"
                            "chunked\r\n",
                            400},
                           {"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n", 400},
                           {"Transfer-Encoding: chunked\r\nContent-Length: 5\r\n", 400},
                           {"Transfer-Encoding:\r\nContent-Length: 5\r\n", 400},
                           {"Content-Length: 1\r\nTransfer-Encoding: identity\r\n", 400},
                           {"Transfer-Encoding: pigeons\r\n", 400},
                           {"Transfer-Encoding: chunked, deflate\r\n", 400},
                           {"Transfer-Encoding: deflate\r\nTransfer-Encoding: chunked\r\n", 501},
                           {"Transfer-Encoding: gzip\r\nContent-Length: 0\r\n", 400}}) {
        CAPTURE(row.fields);
        CHECK(post(row.fields) == row.verdict);
    }
}

TEST_CASE("HTTP/1.0 has no transfer codings") {  // RFC 9112 6.1
    CHECK(verdict("POST / HTTP/1.0", "Transfer-Encoding: chunked\r\n") == 400);
    CHECK(verdict("POST / HTTP/1.0", "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n") == 400);
    CHECK(verdict("POST / HTTP/1.0", "Content-Length: 5\r\n") == 0);
}

TEST_CASE("framing is known with every method, and faulty framing comes before all else") {
    CHECK(Parsed("GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\n").request.body ==
          BodyFraming{.kind = BodyFraming::Kind::length, .length = 5});
    CHECK(Parsed("PUT / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n").request.body ==
          BodyFraming{.kind = BodyFraming::Kind::chunked});
    CHECK(Parsed("GET / HTTP/1.1\r\nHost: a\r\n\r\n").request.body == BodyFraming{});
    CHECK(verdict("FOO / HTTP/1.1", "Host: a\r\nContent-Length: x\r\n") == 400);
    CHECK(verdict("FOO % HTTP/1.1", "Host: a\r\n") == 501);
    CHECK(verdict("FOO / HTTP/1.1", "") == 400);
}

TEST_CASE("there is one well-formed Host") {  // RFC 9112 3.2
    struct Row {
        const char* fields;
        int verdict;
    };
    for (const Row& row : {Row{"Host: a\r\n", 0},
                           {"Host: a:80\r\n", 0},
                           {"hOST:\t[::1]:80\r\n", 0},
                           {"", 400},
                           {"Host:\r\n", 400},
                           {"Host: \r\n", 400},
                           {"Host: a\r\nHost: a\r\n", 400},
                           {"Host: a\r\nHost: b\r\n", 400},
                           {"Host: a, b\r\n", 400},
                           {"Host: a b\r\n", 400},
                           {"Host: u@a\r\n", 400},
                           {"Host: a/b\r\n", 400},
                           {"Host: http://a\r\n", 400},
                           {"Host: a:x\r\n", 400},
                           {"Host: :80\r\n", 400},
                           {"Host: [::1\r\n", 400},
                           {"Host: ::1\r\n", 400},
                           {"Host: a:99999\r\n", 400}}) {
        CAPTURE(row.fields);
        CHECK(verdict("GET / HTTP/1.1", row.fields) == row.verdict);
    }
    CHECK(verdict("GET / HTTP/1.0", "") == 0);
    CHECK(verdict("GET / HTTP/1.0", "Host: a b\r\n") == 400);
    CHECK(verdict("GET http://a/ HTTP/1.1", "") == 400);
}

TEST_CASE("the absolute form's host wins") {  // RFC 9112 3.2.2
    const Parsed parsed("GET http://b:81/x HTTP/1.1\r\nHost: a\r\n\r\n");
    CHECK(parsed.request.host == "b:81");
    CHECK(parsed.request.target.path == "x");
    CHECK(Parsed("GET /x HTTP/1.1\r\nHost: a\r\n\r\n").request.host == "a");
    CHECK(Parsed("GET /x HTTP/1.0\r\n\r\n").request.host.empty());
}

TEST_CASE("connections persist by version and option") {  // RFC 9112 9.3
    struct Row {
        const char* request;
        bool keep_alive;
    };
    for (const Row& row :
         {Row{"GET / HTTP/1.1\r\nHost: a\r\n\r\n", true},
          {"GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", false},
          {"GET / HTTP/1.1\r\nHost: a\r\nConnection: x, CLOSE ,y\r\n\r\n", false},
          {"GET / HTTP/1.1\r\nHost: a\r\nConnection: x\r\nConnection: close\r\n\r\n", false},
          {"GET / HTTP/1.1\r\nHost: a\r\nConnection: keep-alive, close\r\n\r\n", false},
          {"GET / HTTP/1.1\r\nHost: a\r\nConnection: close\t\r\n\r\n", false},
          {"GET / HTTP/1.1\r\nHost: a\r\nConnection:, close ,token, keep-alive\r\n\r\n", false},
          {"GET / HTTP/1.1\r\nHost: a\r\nConnection: keep-alive, upgrade\r\nUpgrade: websocket\r\n\r\n",
           true},
          {"GET / HTTP/1.1\r\nHost: a\r\nConnection: closed\r\n\r\n", true},
          {"GET / HTTP/1.0\r\n\r\n", false},
          {"GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n", true},
          {"GET / HTTP/1.0\r\nConnection: keep-alive, close\r\n\r\n", false}}) {
        CAPTURE(row.request);
        const Parsed parsed(row.request);
        REQUIRE_FALSE(parsed.reject);
        CHECK(parsed.request.keep_alive == row.keep_alive);
    }
}

TEST_CASE("an empty element beside 100-continue is no unknown expectation") {  // RFC 9110 5.6.1.2
    const Parsed parsed("PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nExpect: , 100-continue,\r\n\r\n");
    REQUIRE(parsed.verdict() == 0);
    CHECK(parsed.request.expect_continue);
}

TEST_CASE("100-continue is the only expectation") {  // RFC 9110 10.1.1
    struct Row {
        const char* request;
        int verdict;
        bool waits;
    };
    for (const Row& row :
         {Row{"PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n", 0, true},
          {"PUT / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nExpect: 100-Continue\r\n\r\n", 0,
           true},
          {"PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\nExpect: 100-continue\r\n\r\n", 0, false},
          {"GET / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\n\r\n", 0, false},
          {"PUT / HTTP/1.0\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n", 0, false},
          {"PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nExpect: 200-ok\r\n\r\n", 417, false},
          {"PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nExpect: 100-continue, x\r\n\r\n", 417, false},
          {"PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nExpect:\r\n\r\n", 0, false}}) {
        CAPTURE(row.request);
        const Parsed parsed(row.request);
        CHECK(parsed.verdict() == row.verdict);
        if (row.verdict == 0) CHECK(parsed.request.expect_continue == row.waits);
    }
}

TEST_CASE("each method has its targets") {  // RFC 9112 3.2
    CHECK(verdict("OPTIONS * HTTP/1.1", "Host: a\r\n") == 0);
    CHECK(verdict("OPTIONS / HTTP/1.1", "Host: a\r\n") == 0);
    CHECK(verdict("GET * HTTP/1.1", "Host: a\r\n") == 400);
    CHECK(verdict("M-SEARCH * HTTP/1.1", "Host: a\r\n") == 501);
    CHECK(verdict("TRACE / HTTP/1.1", "Host: a\r\n") == 0);
    CHECK(verdict("GET a HTTP/1.1", "Host: a\r\n") == 400);
    CHECK(verdict("GET a:80 HTTP/1.1", "Host: a\r\n") == 400);
    CHECK(verdict("CONNECT / HTTP/1.1", "Host: a\r\n") == 400);
    const Parsed parsed("CONNECT a:443 HTTP/1.1\r\nHost: a:443\r\n\r\n");
    CHECK(parsed.verdict() == 0);
    CHECK(parsed.request.target.form == TargetForm::authority);
    CHECK(parsed.request.method == Method::connect);
}

TEST_CASE("an upload has a length, is whole, and is not encoded") {  // RFC 9110 14.5, 15.5.12, 15.5.16
    const auto check = [](const std::string& fields) {
        const Parsed parsed("PUT /f HTTP/1.1\r\nHost: a\r\n" + fields + "\r\n");
        const auto reject = check_upload(parsed.request);
        return reject ? static_cast<int>(code(reject->status)) : 0;
    };
    CHECK(check("") == 411);
    CHECK(check("Content-Length: 0\r\n") == 0);
    CHECK(check("Transfer-Encoding: chunked\r\n") == 0);
    CHECK(check("Content-Length: 5\r\nContent-Range: bytes 0-4/10\r\n") == 400);
    CHECK(check("Content-Length: 5\r\nContent-Encoding: gzip\r\n") == 415);
    CHECK(check("Content-Length: 5\r\nContent-Encoding: Identity\r\n") == 0);
}
