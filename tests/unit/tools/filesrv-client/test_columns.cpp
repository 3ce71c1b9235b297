// SPDX-License-Identifier: MIT
#include "tools/filesrv-client/columns.hpp"

#include <clocale>

#include <doctest/doctest.h>

using namespace filesrv::client;

namespace {

/// wcwidth(3) knows what the locale knows.
class Utf8Locale {
public:
    Utf8Locale() { REQUIRE(std::setlocale(LC_CTYPE, "C.UTF-8") != nullptr); }
    ~Utf8Locale() { std::setlocale(LC_CTYPE, "C"); }
};

}  // namespace

TEST_CASE("wide characters take two columns, marks on others none") {
    const Utf8Locale locale;
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

TEST_CASE("what is too long keeps its beginning and its end, and no character is cut in two") {
    const Utf8Locale locale;
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
