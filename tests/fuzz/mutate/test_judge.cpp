// SPDX-License-Identifier: MIT
#include "judge.hpp"

#include <doctest/doctest.h>

using namespace filesrv::mutate;

namespace {

const std::string get = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
const std::string head = "HEAD / HTTP/1.1\r\nHost: a\r\n\r\n";
const std::string date = "Date: Sun, 06 Nov 1994 08:49:37 GMT\r\n";
const std::string ok = "HTTP/1.1 200 OK\r\n" + date + "Content-Length: 5\r\n\r\nhello";
const std::string ok_head = "HTTP/1.1 200 OK\r\n" + date + "Content-Length: 5\r\n\r\n";
const std::string bad =
    "HTTP/1.1 400 Bad Request\r\n" + date + "Content-Length: 0\r\nConnection: close\r\n\r\n";
const std::string chunked = "HTTP/1.1 200 OK\r\n" + date + "Transfer-Encoding: chunked\r\n\r\n";
const std::string go_on = "HTTP/1.1 100 Continue\r\n\r\n";

std::string wrong(const std::string& request, const std::string& answers, End end = End::closed) {
    return judge({.request = request, .answers = answers, .end = end}, "secret").wrong;
}

}  // namespace

TEST_CASE("well-formed answers are all right") {
    for (const std::string& answers :
         {ok, bad, ok + ok, ok + bad, chunked + "5\r\nhello\r\n0\r\n\r\n", go_on + ok,
          "HTTP/1.1 304 Not Modified\r\n" + date + "ETag: \"x\"\r\n\r\n" + ok}) {
        CAPTURE(answers);
        CHECK(wrong(get, answers) == "");
    }
}

TEST_CASE("an answer to HEAD may announce what does not follow, others may not") {  // RFC 9112 6.3
    CHECK(wrong(head, ok_head) == "");
    CHECK(wrong(head + get, ok_head + ok) == "");
    CHECK(wrong(get + head + get, ok + ok_head + ok) == "");
    CHECK(wrong(get, ok_head) == "body cut short: 0 of 5");
    CHECK(wrong(get + get, ok_head + ok) != "");
}

TEST_CASE("a server may not be silent about a whole request") {
    CHECK(wrong(get, "") == "no answer to a whole request");
    CHECK(wrong("\r\n" + get, "") != "");
    CHECK(wrong("P / HTTP/1.1\r\nContent-Length: 2\r\n\r\nab", "") != "");
    CHECK(wrong("P / HTTP/1.1\r\nContent-Length: 2\r\n\r\nab", go_on) != "");
    CHECK(wrong(get.substr(0, get.size() - 1), "") == "");
    CHECK(wrong("\r\n\r\n", "") == "");
    CHECK(wrong("P / HTTP/1.1\r\nContent-Length: 2\r\n\r\na", go_on) == "");
    CHECK(wrong("P / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n5", "") == "");
    CHECK(wrong(get + "P / HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n", ok + go_on) == "");
}

TEST_CASE("what is wrong with an answer is found") {
    struct Row {
        std::string answers, wrong;
    };
    const Row rows[] = {
        {"HTTP/1.1 200\r\n" + date + "\r\n", "no status line: 'HTTP/1.1 200'"},
        {"garbage", "no end of a head: 'garbage'"},
        {ok + "x", "no end of a head: 'x'"},
        {"HTTP/1.1 500 No\r\n" + date + "Content-Length: 0\r\n\r\n", "status 500"},
        {"HTTP/1.1 503 No\r\n" + date + "Content-Length: 0\r\n\r\n", "status 503"},
        {"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", "no Date in a 200"},
        {"HTTP/1.1 200 OK\r\n" + date + "\r\n", "neither a length nor a coding"},
        {"HTTP/1.1 200 OK\r\n" + date + date + "\r\n", "Date twice in a 200"},
        {"HTTP/1.1 405 No\r\n" + date + "Content-Length: 0\r\n\r\n", "405 without Allow in a 405"},
        {"HTTP/1.1 206 OK\r\n" + date + "Content-Length: 0\r\n\r\n", "206 without a range in a 206"},
        {"HTTP/1.1 200 OK\r\n" + date + "Content-Length: +5\r\n\r\nhello", "bad length '+5'"},
        {"HTTP/1.1 200 OK\r\n" + date + "A B: c\r\n\r\n", "no field: 'A B: c'"},
        {"HTTP/1.1 200 OK\r\n" + date + "A: b\rc\r\n\r\n", "not a field's value: 'A: b\rc'"},
        {chunked + "5\r\nhello\r\n", "chunks malformed or cut short"},
        {chunked + "6\r\nhello\r\n0\r\n\r\n", "chunks malformed or cut short"},
        {bad + ok, "more after an answer that closes"},
        {"HTTP/1.1 200 OK\r\n" + date + "Content-Length: 6\r\n\r\nsecret",
         "told what lies outside of its root"},
    };
    for (const Row& row : rows) {
        CAPTURE(row.answers);
        CHECK(wrong(get, row.answers) == row.wrong);
    }
    CHECK(wrong(get, ok, End::hung) == "hung");
    CHECK(wrong(get, ok, End::reset) == "reset");
    CHECK(wrong("GET / HTTP/1.0\r\n\r\n" + get, ok, End::reset) == "");
    CHECK(wrong("GET / HTTP/1.1\r\nHost: a\r\nConnection: Close\r\n\r\n" + get, ok, End::reset) == "");
}

TEST_CASE("answers are counted by class") {
    const Verdict verdict = judge({.request = get, .answers = go_on + ok + ok + bad}, {});
    CHECK(verdict.classes == std::array<std::uint32_t, 6>{0, 1, 2, 0, 1, 0});
}
