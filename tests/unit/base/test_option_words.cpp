// SPDX-License-Identifier: MIT
// Words of a command line: what CLI11 is given, and what is said of an option that nobody knows.
#include "base/option_words.hpp"

#include <doctest/doctest.h>

using namespace filesrv;

TEST_CASE("a value that is left empty after its equals sign is not the next word") {
    static constexpr const char* words[] = {"--root=", "8080", "--x=y=", "--=", "-r=", "--a=b", ""};
    CHECK(reversed_words(words) == std::vector<std::string>{"", "--a=b", "-r=", "--=", "--x=y=", "8080", "", "--root"});
    CHECK(reversed_words({}).empty());
}

TEST_CASE("an unknown option is told with the nearest, a lone letter with help or version") {
    static constexpr std::string_view known[] = {"host", "root", "help", "version"};
    const auto told = [](std::string_view word) { return unknown_option(word, known); };
    CHECK(told("--rooot=/x") == "unknown option --rooot; the nearest known one is --root");
    CHECK(told("-h") == "unknown option -h; the nearest known one is --help");
    CHECK(told("-V") == "unknown option -V; the nearest known one is --version");
    CHECK(told("-x") == "unknown option -x; the nearest known one is --help");
    CHECK(told("--") == "unknown option --; the nearest known one is --help");
    CHECK(told("-=") == "unknown option -; the nearest known one is --help");
}
