// SPDX-License-Identifier: MIT
#include "base/columns.hpp"

#include <doctest/doctest.h>

using namespace filesrv;

TEST_CASE("wide characters take two columns, marks on others none, in whatever locale") {
    struct Row {
        std::string_view text;
        std::size_t columns;
    };
    static constexpr Row rows[] = {{"", 0}, {"abc", 3}, {"äö", 2}, {"日本", 4}, {"e\u0301", 1}, {"😀x", 3}, {"bad\xFF", 4}};
    for (const Row& row : rows) {
        CAPTURE(row.text);
        CHECK(columns_of(row.text) == row.columns);
    }
}

TEST_CASE("characters are taken off whole, and of what is none a byte") {
    std::string_view text = "日x\xE6\x97";
    CHECK(take_character(text) == 2);
    CHECK(text == "x\xE6\x97");
    CHECK(take_character(text) == 1);
    CHECK(take_character(text) == 1);
    CHECK(text == "\x97");
}
