// SPDX-License-Identifier: MIT
// JSON as text while it is made.
#include "observe/json_text.hpp"

#include <doctest/doctest.h>

using namespace filesrv::observe;

namespace {

/// An empty object, an empty array, and one of each that has something.
std::string example(JsonText::Layout layout) {
    JsonText text(layout);
    text.begin_object();
    text.name("none");
    text.begin_object();
    text.end_object();
    text.name("list");
    text.begin_array();
    text.add(std::uint64_t{1});
    text.begin_array();
    text.end_array();
    text.add_null();
    text.end_array();
    text.name("last");
    text.add(true);
    text.end_object();
    return text.take();
}

std::string of(auto value) {
    JsonText text;
    text.add(value);
    return text.take();
}

}  // namespace

TEST_CASE("values are separated, names are not, and nothing stands in what is empty") {
    CHECK(example(JsonText::Layout::one_line) == R"({"none":{},"list":[1,[],null],"last":true})");
    CHECK(example(JsonText::Layout::indented) == "{\n  \"none\": {},\n  \"list\": [\n    1,\n    [],\n    null\n  ],\n  \"last\": true\n}");
}

TEST_CASE("numbers keep their value, and a double keeps its point") {
    CHECK(of(std::uint64_t{18'446'744'073'709'551'615u}) == "18446744073709551615");
    CHECK(of(std::int64_t{-5}) == "-5");
    CHECK(of(5.0) == "5.0");
    CHECK(of(0.1) == "0.1");
    CHECK(of(1e300) == "1e+300");
}

TEST_CASE("a string stays one, whatever is in it") {
    const struct {
        std::string_view text;
        const char* as_is;
        const char* ascii;
    } cases[] = {
        {"plain", R"("plain")", R"("plain")"},
        {"", R"("")", R"("")"},
        {"\"\\\n\x01", R"("\"\\\n\u0001")", R"("\"\\\n\u0001")"},
        {"\x7f", "\"\x7f\"", R"("\u007f")"},
        {"\xc3\xa9", "\"\xc3\xa9\"", R"("\u00e9")"},
        {"\xff", "\"\xef\xbf\xbd\"", R"("\ufffd")"},
    };
    for (const auto& one : cases) {
        CAPTURE(one.as_is);
        std::string text;
        append_json_string(text, one.text, JsonLetters::as_they_are);
        CHECK(text == one.as_is);
        text.clear();
        append_json_string(text, one.text, JsonLetters::ascii);
        CHECK(text == one.ascii);
    }
}
