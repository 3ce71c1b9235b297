// SPDX-License-Identifier: MIT
#include "http/target.hpp"

#include "parsed.hpp"

#include <doctest/doctest.h>

using namespace filesrv::http;

namespace {

/// The path, with a slash behind it for a folder; "400" when refused.
std::string read(std::string_view text) {
    Target target;
    target.path = "left over";
    if (const auto reject = parse_target(text, target)) return std::to_string(code(reject->status));
    return target.path + (target.folder ? "/" : "");
}

}  // namespace

TEST_CASE("paths are decoded once and cleaned") {  // RFC 3986 2.4, 5.2.4, RFC 9112 3.2.1
    struct Row {
        const char *text, *path;
    };
    for (const Row& row : {Row{"/", "/"},
                           {"/a", "a"},
                           {"/a/", "a/"},
                           {"/a/b.txt", "a/b.txt"},
                           {"//", "/"},
                           {"//evil.com/", "evil.com/"},
                           {"///a//b///", "a/b/"},
                           {"/a/./b", "a/b"},
                           {"/a/.", "a/"},
                           {"/./", "/"},
                           {"/a/../b", "b"},
                           {"/a/b/..", "a/"},
                           {"/a/b/../", "a/"},
                           {"/..", "/"},
                           {"/../../a", "a"},
                           {"/a/../../../b", "b"},
                           {"/a//../b", "b"},
                           {"/...", "..."},
                           {"/..a", "..a"},
                           {"/a..", "a.."},
                           {"/.a", ".a"},
                           {"/%2e%2E/a", "a"},
                           {"/a/%2e%2e", "/"},
                           {"/a/%2e", "a/"},
                           {"/%61%2Bb", "a+b"},
                           {"/%2561", "%61"},
                           {"/%252e%252e/", "%2e%2e/"},
                           {"/a+b", "a+b"},
                           {"/a%20b", "a b"},
                           {"/%C3%BC", "\xc3\xbc"},
                           {"/\xc3\xbc", "\xc3\xbc"},
                           {"/%ff", "\xff"},
                           {"/%c0%af", "\xc0\xaf"},
                           {"/%5c..%5c", "\\..\\"},
                           {"/..\\a", "..\\a"},
                           {"/a;b=c", "a;b=c"},
                           {"/%0d%0a", "\r\n"},
                           {"/a%3Fb", "a?b"},
                           {"/a%23b", "a#b"},
                           {"/a:b", "a:b"}}) {
        CAPTURE(row.text);
        CHECK(read(row.text) == row.path);
    }
}

TEST_CASE("what no name can hold is refused") {
    for (const char* bad :
         {"/%",          "/%4",         "/%zz",           "/a%2",     "/%2f",        "/%2F",    "/a%2fb",
          "/..%2fetc",   "/%00",        "/a%00.txt",      "/%+1",     "/% 1",        "a",       "",
          "a/b",         "?q",          "http:/a",        "ftp://a/", "file:///etc", "http://", "http:///a",
          "http://u@a/", "http://a:b/", "http://[::1/",   "**",       "*/",          "://a",    "a:80",
          "/a/%",        "http://?",    "javascript://a/"}) {
        CAPTURE(bad);
        CHECK(read(bad) == "400");
    }
}

TEST_CASE("a target holds neither a fragment nor a user's name") {  // RFC 9112 3.2, RFC 9110 4.2.4
    for (const char* bad : {"/a#b", "/a?b#c", "http://a/#b", "http://a#", "http://a%12:b!&*$@c:1/d"}) {
        CAPTURE(bad);
        CHECK(read(bad) == "400");
    }
}

TEST_CASE("the query is what follows the first question mark") {
    Target target;
    REQUIRE_FALSE(parse_target("/a%20b?x=%2f?y", target));
    CHECK(target.path == "a b");
    CHECK(target.query == "x=%2f?y");
    CHECK(target.has_query);
    REQUIRE_FALSE(parse_target("/a?", target));
    CHECK(target.has_query);
    CHECK(target.query.empty());
    REQUIRE_FALSE(parse_target("/?json", target));
    CHECK(target.query == "json");
    CHECK(target.folder);
}

TEST_CASE("the absolute form carries its authority") {  // RFC 9112 3.2.2
    Target target;
    REQUIRE_FALSE(parse_target("HTTP://Example.com:81/a/../b?q", target));
    CHECK(target.form == TargetForm::absolute);
    CHECK(target.authority == "Example.com:81");
    CHECK(target.path == "b");
    CHECK(target.query == "q");
    REQUIRE_FALSE(parse_target("https://[::1]", target));
    CHECK(target.authority == "[::1]");
    CHECK(target.secure);
    CHECK(target.path.empty());
    CHECK(target.folder);
    REQUIRE_FALSE(parse_target("http://a?q", target));
    CHECK_FALSE(target.secure);
    CHECK(target.query == "q");
    REQUIRE_FALSE(parse_target("/", target));
    CHECK(target.authority.empty());
    CHECK(target.form == TargetForm::origin);
}

TEST_CASE("the asterisk is a target of its own") {  // RFC 9112 3.2.4
    Target target;
    REQUIRE_FALSE(parse_target("*", target));
    CHECK(target.asterisk);
    CHECK(target.form == TargetForm::asterisk);
}

TEST_CASE("an encoded path comes back as it was, whatever its bytes") {
    for (int byte = 1; byte < 256; ++byte) {
        if (byte == '/') continue;
        const std::string name =
            std::string("x") + static_cast<char>(byte) + "y/" + static_cast<char>(byte) + "z";
        std::string encoded = "/";
        append_encoded_path(encoded, name);
        CHECK(read(encoded) == name);
        CHECK(encoded.find_first_of("\"'<>&:\\?# ") == std::string::npos);
    }
    std::string segment;
    append_encoded_segment(segment, "a/b:c");
    CHECK(segment == "a%2Fb%3Ac");
}

TEST_CASE("no path of dots, slashes and letters climbs out or stays unclean") {
    const std::string_view letters = "/.a%";
    for (unsigned n = 0; n < 4 * 4 * 4 * 4 * 4 * 4 * 4 * 4; ++n) {
        std::string text = "/";
        for (unsigned rest = n, i = 0; i < 8; ++i, rest /= 4) {
            const char c = letters[rest % 4];
            if (c == '%')
                text.append("%2e");
            else
                text.push_back(c);
        }
        Target target;
        REQUIRE_FALSE(parse_target(text, target));
        const std::string framed = "/" + target.path + "/";
        REQUIRE(framed.find("/../") == std::string::npos);
        REQUIRE(framed.find("/./") == std::string::npos);
        REQUIRE((target.path.empty() || framed.find("//") == std::string::npos));
    }
}
