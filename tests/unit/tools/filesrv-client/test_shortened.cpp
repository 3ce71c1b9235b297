// SPDX-License-Identifier: MIT
#include "tools/filesrv-client/shortened.hpp"

#include <doctest/doctest.h>

#include "base/columns.hpp"

using namespace filesrv;
using namespace filesrv::client;

TEST_CASE("what is too long keeps its beginning and its end, and no character is cut in two") {
    struct Row {
        std::string_view text;
        std::size_t columns;
        std::string_view cut;
    };
    static constexpr Row rows[] = {
        {"photo.jpg", 9, "photo.jpg"}, {"photo-of-a-cat.jpg", 10, "phot...jpg"}, {"abcdef", 3, "abc"}, {"abcdef", 0, ""},
        {"日本語の写真.jpg", 9, "日...jpg"},  // half of seven is three, and the next character takes two
        {"日本語", 1, ""}, {"日本語", 4, "..語"},
    };
    for (const Row& row : rows) {
        CAPTURE(row.text);
        const std::string cut = shortened(row.text, row.columns);
        CHECK(columns_of(cut) <= row.columns);
        CHECK(cut == row.cut);
    }
}
