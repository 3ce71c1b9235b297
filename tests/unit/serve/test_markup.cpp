// SPDX-License-Identifier: MIT
#include "serve/markup.hpp"

#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

using namespace filesrv::serve;

namespace {

std::string html(std::string_view text) {
    std::string out;
    append_html(out, text);
    return out;
}

std::string json_string(std::string_view text) {
    std::string out;
    append_json_string(out, text);
    return out;
}

constexpr const char* fffd = "\xEF\xBF\xBD";

}  // namespace

TEST_CASE("HTML is escaped for content and for quoted attributes") {
    CHECK(html("a<b>&\"'c") == "a&lt;b&gt;&amp;&quot;&#39;c");
    CHECK(html("ä€😀") == "ä€😀");
    CHECK(html("") == "");
}

TEST_CASE("what is no UTF-8, and every control, becomes the replacement character") {
    for (const std::string_view bad : {"\xFF", "\xC3", "\xC0", "\x80", "\n", "\x1b", "\x7f", "\xC2\x9B"}) {
        CAPTURE(bad.size());
        CHECK(html(bad) == fffd);
    }
    CHECK(html(std::string_view("\0", 1)) == fffd);
    // Overlong, a surrogate, beyond U+10FFFF, cut off: one for each byte.
    CHECK(html("\xC0\xAF") == std::string(fffd) + fffd);
    CHECK(html("\xED\xA0\x80").size() == 9);
    CHECK(html("\xF4\x90\x80\x80").size() == 12);
    CHECK(html("x\xE2\x82y") == "x" + std::string(fffd) + fffd + "y");
    CHECK(html("\xF0\x9F\x98<").ends_with("&lt;"));  // a cut sequence does not swallow a mark
}

TEST_CASE("a name cannot turn its own letters round to look like another type of file") {
    for (const std::string turn : {"\u202A", "\u202B", "\u202C", "\u202D", "\u202E", "\u2066", "\u2067", "\u2068", "\u2069"}) {
        CHECK(html("safe" + turn + "gpj.exe") == "safe" + std::string(fffd) + "gpj.exe");
    }
    for (const std::string kept : {"\u200E", "\u2029", "\u202F", "\u2065", "\u206A", "\u05D0"}) CHECK(html(kept) == kept);
}

TEST_CASE("no sequence of two bytes gets a mark, a control or bad UTF-8 through") {
    for (unsigned a = 0; a < 256; ++a)
        for (unsigned b = 0; b < 256; ++b) {
            const char pair[] = {static_cast<char>(a), static_cast<char>(b)};
            const std::string out = html({pair, 2});
            REQUIRE(out.find_first_of("<>\"'\n\r") == std::string::npos);
            REQUIRE_NOTHROW(nlohmann::json(out).dump());  // strict: throws on bad UTF-8
            REQUIRE(nlohmann::json::accept(json_string({pair, 2})));
        }
}

TEST_CASE("JSON strings keep what they can and replace what is no UTF-8") {
    CHECK(json_string("a\"\\\n\t\x01") == R"("a\"\\\n\t\u0001")");
    CHECK(json_string("ä") == "\"ä\"");
    CHECK(json_string("x\xFFy") == "\"x" + std::string(fffd) + "y\"");
}

TEST_CASE("a page forbids scripts and everything from elsewhere") {
    CHECK(page_security_policy.find("default-src 'none'") != std::string_view::npos);
    CHECK(page_security_policy.find("script") == std::string_view::npos);
    std::string page;
    append_page_begin(page, "<x>");
    append_page_end(page);
    CHECK(page.find("<title>&lt;x&gt;</title>") != std::string::npos);
    CHECK(page.find("<script") == std::string::npos);
    CHECK(page.find("name=\"viewport\"") != std::string::npos);
    CHECK(page.find("color-scheme:light dark") != std::string::npos);
}
