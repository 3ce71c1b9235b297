// SPDX-License-Identifier: MIT
// Answers that the server words itself.
#include "serve/answer.hpp"

#include <doctest/doctest.h>

#include <cerrno>
#include <string>

#include "../http/parsed.hpp"
#include "dying.hpp"

using namespace filesrv;
using namespace filesrv::serve;
using http::test::Parsed;

namespace {

std::string request(std::string_view target, std::string_view fields = {}) {
    return std::string("GET ").append(target).append(" HTTP/1.1\r\nHost: localhost\r\n").append(fields).append("\r\n");
}

std::string redirect_of(std::string_view target) {
    const Parsed parsed(request(target));
    REQUIRE(parsed.verdict() == 0);
    const Answer answer = folder_redirect(parsed.request);
    CHECK(answer.status == http::Status::moved_permanently);
    constexpr std::string_view caching = "Cache-Control: no-cache\r\n";  // else browsers keep it, RFC 9111 4.2.2
    REQUIRE(answer.fields.starts_with(caching));
    return answer.fields.substr(caching.size());
}

}  // namespace

TEST_CASE("a location begins with one slash and is encoded: it cannot name another host or end its line") {
    const struct { std::string_view path, location; } table[] = {
        {"", "/"},
        {"a/b.txt", "/a/b.txt"},
        {"a b", "/a%20b"},
        {"ä", "/%C3%A4"},
        {"x\r\nSet-Cookie: y", "/x%0D%0ASet-Cookie%3A%20y"},
        {"?q#f", "/%3Fq%23f"},
        {"\\evil.example", "/%5Cevil.example"},
        {"http://evil.example", "/http%3A//evil.example"},
        {"%2F", "/%252F"},
        {"\"<>&'", "/%22%3C%3E%26%27"},
    };
    for (const auto& row : table) CHECK(location_of(row.path) == row.location);
}

TEST_CASE("a folder's redirect adds the slash, keeps the query, and stays on this host") {
    const struct { std::string_view target, fields; } table[] = {
        {"/docs", "Location: /docs/\r\n"},
        {"/a/b%20c", "Location: /a/b%20c/\r\n"},
        {"/docs?json", "Location: /docs/?json\r\n"},
        {"/docs?", "Location: /docs/?\r\n"},
        {"/docs?a=%2F&b=?x", "Location: /docs/?a=%2F&b=?x\r\n"},
        {"//evil.example", "Location: /evil.example/\r\n"},
        {"///evil.example/x", "Location: /evil.example/x/\r\n"},
        {"/.//evil.example", "Location: /evil.example/\r\n"},
        {"/..//evil.example", "Location: /evil.example/\r\n"},
        {"/%5Cevil.example", "Location: /%5Cevil.example/\r\n"},
        {"/%0D%0AX:y", "Location: /%0D%0AX%3Ay/\r\n"},
        {"http://localhost/docs?q", "Location: /docs/?q\r\n"},
        {"http://localhost//evil.example", "Location: /evil.example/\r\n"},
    };
    for (const auto& row : table) {
        CAPTURE(row.target);
        CHECK(redirect_of(row.target) == row.fields);
    }
}

TEST_CASE("a redirect of what has its slash stops the program") {
    const Parsed parsed(request("/docs/"));
    REQUIRE(parsed.verdict() == 0);
    CHECK(test::aborts([&] { (void)folder_redirect(parsed.request); }));
}

TEST_CASE("errors are worded for their reader, and escape what they say") {
    const std::string_view sentence = "<b>\"&\x01";
    const Parsed plain(request("/x"));
    const Parsed html(request("/x", "Accept: text/html\r\n"));
    const Parsed json(request("/x", "Accept: application/json\r\n"));

    const Answer for_curl = error_answer(&plain.request, http::Status::not_found, sentence);
    CHECK(for_curl.status == http::Status::not_found);
    CHECK(for_curl.content_type == "text/plain; charset=utf-8");
    CHECK(for_curl.body.starts_with("404 Not Found\n"));

    const Answer for_browser = error_answer(&html.request, http::Status::not_found, sentence);
    CHECK(for_browser.content_type == "text/html; charset=utf-8");
    CHECK(for_browser.body.find("<b>") == std::string::npos);
    CHECK(for_browser.body.find("&lt;b&gt;") != std::string::npos);

    const Answer for_program = error_answer(&json.request, http::Status::not_found, sentence);
    CHECK(for_program.content_type == "application/json");
    CHECK(for_program.body.find("\"error\":\"<b>\\\"&\\u0001\"") != std::string::npos);
}

TEST_CASE("no cache keeps an error, and no page of ours runs or loads anything") {  // RFC 9111 4.2.2; CSP 3
    const struct { std::string_view accept; bool page; } table[] = {
        {"", false}, {"Accept: text/html\r\n", true}, {"Accept: application/json\r\n", false}};
    for (const auto& row : table) {
        const Parsed parsed(request("/x", row.accept));
        for (const auto status : {http::Status::not_found, http::Status::method_not_allowed, http::Status::not_implemented}) {
            const Answer answer = error_answer(&parsed.request, status, "No.");
            CHECK(answer.fields.starts_with("Cache-Control: no-store\r\n"));
            const auto policy = answer.fields.find("\nContent-Security-Policy: default-src 'none';");
            CHECK((policy != std::string::npos) == row.page);
            CHECK(answer.fields.ends_with("\r\n"));
        }
    }
}

TEST_CASE("an error before any request was understood is text") {
    const Answer answer = error_answer(nullptr, http::Status::request_timeout, "Too slow.");
    CHECK(answer.body == "408 Request Timeout\nToo slow.\n");
    CHECK(answer.fields == "Cache-Control: no-store\r\n");
    const http::Request nothing;
    CHECK(preferred_form(&nothing) == BodyForm::text);
}

TEST_CASE("an error answer with a status of success stops the program") {
    CHECK(test::aborts([] { (void)error_answer(nullptr, http::Status::ok, ""); }));
}

TEST_CASE("an errno is answered by its verdict, which may differ for reading and writing") {
    for (const int code : {ENOENT, EACCES, ENOTDIR, EISDIR, ENOSPC, EMFILE, EIO}) {
        for (const Access access : {Access::read, Access::write}) {
            const ErrnoVerdict verdict = verdict_of_errno(code, access);
            const Answer answer = errno_answer(nullptr, code, access);
            CHECK(answer.status == verdict.status);
            CHECK(answer.body.find(verdict.sentence) != std::string::npos);
        }
    }
    CHECK(errno_answer(nullptr, ENOTDIR, Access::read).status == http::Status::not_found);
    CHECK(errno_answer(nullptr, ENOTDIR, Access::write).status == http::Status::conflict);
}

TEST_CASE("the answer to OPTIONS is a list of methods and no body") {
    const Answer answer = options_answer("GET, HEAD");
    CHECK(answer.status == http::Status::no_content);
    CHECK(answer.fields == "Allow: GET, HEAD\r\n");
    CHECK(answer.content_type.empty());
    CHECK(answer.body.empty());
}
