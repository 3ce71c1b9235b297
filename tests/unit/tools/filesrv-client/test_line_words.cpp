// SPDX-License-Identifier: MIT
#include "tools/filesrv-client/line_words.hpp"

#include <doctest/doctest.h>

using namespace filesrv::client;

namespace {

using Texts = std::vector<std::string>;

Texts texts(std::string_view line) {
    Texts out;
    for (const Word& word : split_line(line).words) out.push_back(word.text);
    return out;
}

}  // namespace

TEST_CASE("a line is cut at blanks, and quotes and escapes keep words together") {
    struct Row {
        std::string_view line;
        Texts words;
    };
    const Row rows[] = {
        {"", {}},
        {" \t ", {}},
        {"GET a b", {"GET", "a", "b"}},
        {"\tGET   a\t", {"GET", "a"}},
        {"GET 'a b'", {"GET", "a b"}},
        {"GET \"a b\"c' d'", {"GET", "a bc d"}},
        {R"(GET a\ b)", {"GET", "a b"}},
        {R"('a\ b')", {R"(a\ b)"}},
        {R"("a\"b\\")", {R"(a"b\)"}},
        {R"("it's" 'say "x"')", {"it's", "say \"x\""}},
        {"''", {""}},
        {"GET a # b", {"GET", "a"}},
        {"GET a#b \\#c '#d'", {"GET", "a#b", "#c", "#d"}},
        {"a '' b", {"a", "", "b"}},
        {R"(a\x20b \x41)", {"a b", "A"}},
        {R"("\x1B[m")", {"\x1b[m"}},
        {R"('\x41')", {R"(\x41)"}},
        {R"(\x4 \xzz)", {"x4", "xzz"}},
        {R"(\\x41)", {R"(\x41)"}},
        {"ä€ 😀", {"ä€", "😀"}},
        {"bad\xFF x", {"bad\xFF", "x"}},
    };
    for (const Row& row : rows) {
        CAPTURE(row.line);
        CHECK(texts(row.line) == row.words);
        const auto whole = whole_words(row.line);
        REQUIRE(whole.has_value());
        CHECK(*whole == row.words);
    }
}

TEST_CASE("what a line leaves open is told, and what there is of its last word is there") {
    struct Row {
        std::string_view line, last;
        Open open;
        std::string_view error;
    };
    static constexpr Row rows[] = {
        {"GET 'a b", "a b", Open::single_quote, "a ' has no end"},
        {"GET \"a ", "a ", Open::double_quote, "a \" has no end"},
        {"GET a\\", "a", Open::backslash, "a backslash ends the line"},
        {"GET \"a\\", "a", Open::backslash, "a backslash ends the line"},
    };
    for (const Row& row : rows) {
        CAPTURE(row.line);
        const Split split = split_line(row.line);
        CHECK(split.open == row.open);
        CHECK(split.words.back().text == row.last);
        CHECK(split.words.back().end == row.line.size());
        CHECK(whole_words(row.line).error() == row.error);
    }
    CHECK(whole_words(R"(GET a\x00)").error() == "a name cannot hold a zero byte");
}

TEST_CASE("a word knows where it stands") {
    const Split split = split_line("  GET 'a b'c  d");
    REQUIRE(split.words.size() == 3);
    CHECK(split.words[1].begin == 6);
    CHECK(split.words[1].end == 12);
    CHECK(split.words[2].begin == 14);
}

TEST_CASE("names are written in the way that was begun, as long as it can hold them") {
    struct Row {
        std::string_view name;
        Open way;
        std::string_view written;
    };
    static constexpr Row rows[] = {
        {"plain.txt", Open::nothing, "plain.txt"},      {"a b", Open::nothing, R"(a\ b)"},
        {"a b", Open::single_quote, "'a b"},            {"a b", Open::double_quote, "\"a b"},
        {"it's", Open::single_quote, R"(it\'s)"},       {"it's", Open::double_quote, "\"it's"},
        {R"(a"\)", Open::double_quote, R"("a\"\\)"},    {"a\nb", Open::single_quote, R"(a\x0Ab)"},
        {"ä 😀", Open::nothing, R"(ä\ 😀)"},            {"#1", Open::nothing, R"(\#1)"},
        {"#1", Open::single_quote, "'#1"},
    };
    for (const Row& row : rows) CHECK(written_as(row.name, row.way) == row.written);
}

TEST_CASE("whatever bytes a name has, it is read as it was written") {
    for (int first = 1; first < 256; ++first)
        for (const char second : {'a', '#', ' ', '\'', '"', '\\', 'x', '\xA4', '\n'})
            for (const Open way : {Open::nothing, Open::single_quote, Open::double_quote}) {
                const std::string name{static_cast<char>(first), second, '4', '1'};
                const auto words = texts("GET " + written_as(name, way));
                REQUIRE(words.size() == 2);
                REQUIRE(words[1] == name);
            }
}
