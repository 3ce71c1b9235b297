// SPDX-License-Identifier: MIT
// The nearest known name.
#include "base/nearest.hpp"

#include <string>
#include <vector>

#include <doctest/doctest.h>

using namespace filesrv;

TEST_CASE("the edit distance counts insertions, deletions, substitutions and swaps") {
    struct Row {
        std::string_view a, b;
        std::size_t distance;
    };
    static constexpr Row rows[] = {
        {"", "", 0},         {"", "abc", 3},         {"abc", "", 3},        {"root", "root", 0},
        {"rot", "root", 1},  {"rooot", "root", 1},   {"toor", "root", 2},   {"orot", "root", 1},
        {"kitten", "sitting", 3}, {"ab", "ba", 1},   {"ca", "abc", 3},      {"listen", "lisetn", 1},
    };
    for (const Row& row : rows) {
        CAPTURE(row.a);
        CHECK(edit_distance(row.a, row.b) == row.distance);
        CHECK(edit_distance(row.b, row.a) == row.distance);
    }
}

TEST_CASE("the edit distance of all short words over two letters is a metric") {
    std::vector<std::string> words{""};
    for (std::size_t i = 0; i < words.size(); ++i)
        if (words[i].size() < 4)
            for (const char c : {'a', 'b'}) words.push_back(words[i] + c);
    for (const auto& a : words)
        for (const auto& b : words) {
            CHECK((edit_distance(a, b) == 0) == (a == b));
            CHECK(edit_distance(a, b) <= std::max(a.size(), b.size()));
        }
}

TEST_CASE("the nearest name is the first of equals") {
    static constexpr std::string_view known[] = {"timeout_max", "timeout_min", "root"};
    CHECK(nearest("timeout_mix", known) == "timeout_max");
    CHECK(nearest("timeoutmin", known) == "timeout_min");
    CHECK(nearest("", known) == "root");
    CHECK(nearest(std::string(1 << 20, 'x'), known) == "timeout_max");
}
