// SPDX-License-Identifier: MIT
#include "base/utf8.hpp"

#include <doctest/doctest.h>

using namespace filesrv;

TEST_CASE("the length of a sequence is told only where it is well-formed") {
    struct Row {
        std::string_view text;
        std::size_t length;
    };
    static constexpr Row rows[] = {{"a", 1},        {"ä", 2},    {"€", 3},          {"😀", 4},       {"äx", 2},
                                   {"\x80", 0},     {"\xC0\xAF", 0}, {"\xC3", 0},   {"\xE2\x82", 0}, {"\xED\xA0\x80", 0},
                                   {"\xFF", 0},     {"\xE0\x80\x80", 0}, {"\xF4\x90\x80\x80", 0}};
    for (const Row& row : rows) {
        CAPTURE(row.text);
        CHECK(utf8_length(row.text) == row.length);
        CHECK(is_utf8(row.text) == (row.length > 0));
    }
    CHECK(is_utf8(""));
    CHECK_FALSE(is_utf8("good\xFF"));
}

TEST_CASE("controls are those that move a cursor or turn the writing direction") {
    for (const std::string_view control : {"\x1b", "\n", "\x7f", "\u0085", "\u009B", "\u202A", "\u202E", "\u2066", "\u2069"})
        CHECK(is_control_character(control));
    for (const std::string_view kept : {" ", "a", "\u00A0", "\u202F", "\u2065", "\u206A", "😀"})
        CHECK_FALSE(is_control_character(kept));
}

TEST_CASE("a terminal gets names without controls, and no two alike") {
    struct Row {
        std::string_view name, shown;
    };
    static constexpr Row rows[] = {{"plain ä€😀", "plain ä€😀"}, {"\x1b[2J", "\\x1B[2J"},  {"a\nb", "a\\x0Ab"},
                                   {"bad\xFF", "bad\\xFF"},      {"a\\b", "a\\\\b"},       {"\\xFF", "\\\\xFF"},
                                   {"\u202Egpj", "\\xE2\\x80\\xAEgpj"}, {"\u009B1m", "\\xC2\\x9B1m"}, {"", ""}};
    for (const Row& row : rows) CHECK(printable(row.name) == row.shown);
}
