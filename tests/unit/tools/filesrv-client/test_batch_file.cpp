// SPDX-License-Identifier: MIT
// Files of requests.
#include <doctest/doctest.h>

#include <string>

#include "tools/filesrv-client/batch_file.hpp"
#include "tools/filesrv-client/options.hpp"

using namespace filesrv::client;

TEST_CASE("requests come in the order of lines and know their numbers, whatever ends the lines") {
    BatchFile file("list", "# first\r\nGET a\r\n\n  \nPOST b other 81\nHEAD c");
    REQUIRE(file.check({.host = "fallback", .port = 9}).empty());
    CHECK(file.requests() == 3);
    const auto a = file.next();
    REQUIRE(a);
    CHECK(a->line == 2);
    CHECK(a->remote == "a");
    CHECK(a->server == Server{.host = "fallback", .port = 9});
    const auto b = file.next();
    REQUIRE(b);
    CHECK(b->line == 5);
    CHECK(b->server == Server{.host = "other", .port = 81});
    CHECK(file.next()->line == 6);
    CHECK_FALSE(file.next());
}

TEST_CASE("every wrong line is named, with its file and number") {
    BatchFile file("list", "GET a\nGTE b\n\nGET\n");
    const auto problems = file.check({});
    REQUIRE(problems.size() == 2);
    CHECK(problems[0].starts_with("list:2: unknown verb"));
    CHECK(problems[1] == "list:4: GET needs a path");
}

TEST_CASE("complaints are bounded") {
    std::string text;
    for (int i = 0; i < 1000; ++i) text += "GTE\n";
    CHECK(BatchFile("list", text).check({}).size() == 20);
}

TEST_CASE("a file that cannot be read is a mistake of usage that names it") {
    CHECK_THROWS_WITH_AS(static_cast<void>(BatchFile::read("/nonexistent/list")),
                         "cannot read /nonexistent/list: No such file or directory", UsageError);
    CHECK_THROWS_AS(static_cast<void>(BatchFile::read("/")), UsageError);
}
