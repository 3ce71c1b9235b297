// SPDX-License-Identifier: MIT
#include "http/etag.hpp"

#include <doctest/doctest.h>

using namespace filesrv::http;

TEST_CASE("a tag is time and size, weak when other bytes may bear it") {
    CHECK(EtagText({.mtime_ns = 0x1234, .size = 0x10}).view() == "\"1234-10\"");
    CHECK(EtagText({.mtime_ns = 0x1234, .size = 0x10, .weak = true}).view() == "W/\"1234-10\"");
    CHECK(EtagText({.mtime_ns = -1, .size = ~0ull, .weak = true}).view() ==
          "W/\"ffffffffffffffff-ffffffffffffffff\"");
    CHECK(is_etag(EtagText({}).view()));
}

TEST_CASE("the variants of one address have tags of their own") {  // RFC 9110 8.8.3.3
    CHECK(EtagText({.mtime_ns = 0x1234, .size = 0x10}, "gz").view() == "\"1234-10-gz\"");
    const EtagText longest({.mtime_ns = -1, .size = ~0ull, .weak = true}, "zst");
    CHECK(longest.view() == "W/\"ffffffffffffffff-ffffffffffffffff-zst\"");
    CHECK(is_etag(longest.view()));
}

TEST_CASE("comparison is strong or weak") {  // RFC 9110 8.8.3.2, its table
    struct Row {
        const char *a, *b;
        bool strong, weak;
    };
    for (const Row& row : {Row{"W/\"1\"", "W/\"1\"", false, true},
                           {"W/\"1\"", "W/\"2\"", false, false},
                           {"W/\"1\"", "\"1\"", false, true},
                           {"\"1\"", "\"1\"", true, true},
                           {"\"1\"", "\"2\"", false, false}}) {
        CHECK(same_tag(row.a, row.b, TagComparison::strong) == row.strong);
        CHECK(same_tag(row.b, row.a, TagComparison::strong) == row.strong);
        CHECK(same_tag(row.a, row.b, TagComparison::weak) == row.weak);
    }
}

TEST_CASE("a tag is quoted, and W is a capital") {  // RFC 9110 8.8.3
    for (const char* good : {"\"\"", "\"a\"", "W/\"\"", "\"a,b\"", "\"\\\"", "\"\xff\""}) {
        CAPTURE(good);
        CHECK(is_etag(good));
    }
    for (const char* bad : {"", "a", "\"", "\"a", "a\"", "w/\"a\"", "W/a", "W\"a\"", "\"a b\"", "\"a\"b\"",
                            "*", "\"a\" ", "\"\x7f\""}) {
        CAPTURE(bad);
        CHECK_FALSE(is_etag(bad));
    }
}

TEST_CASE("lists of tags are searched") {  // RFC 9110 13.1.1, 13.1.2
    struct Row {
        const char* list;
        TagList strong, weak;
    };
    using enum TagList;
    for (const Row& row : {Row{"\"x\"", match, match},
                           {"\"y\"", no_match, no_match},
                           {"W/\"x\"", no_match, match},
                           {"\"a\", \"b\",\t\"x\"", match, match},
                           {"\"a\",\"x\",\"b\"", match, match},
                           {",, \"x\" ,", match, match},
                           {"\"a,\", \"x\"", match, match},
                           {"\"a, \"x\"", malformed, malformed},
                           {"", no_match, no_match},
                           {" , ", no_match, no_match},
                           {"x", malformed, malformed},
                           {"*", malformed, malformed},
                           {"\"x\", *", malformed, malformed},
                           {"\"x\" \"y\"", malformed, malformed},
                           {"\"x\"\"y\"", malformed, malformed},
                           {"\"x\", y", malformed, malformed},
                           {"\"x", malformed, malformed}}) {
        CAPTURE(row.list);
        CHECK(find_tag(row.list, "\"x\"", TagComparison::strong) == row.strong);
        CHECK(find_tag(row.list, "\"x\"", TagComparison::weak) == row.weak);
        CHECK(find_tag(row.list, "W/\"x\"", TagComparison::strong) ==
              (row.strong == malformed ? malformed : no_match));
    }
}
