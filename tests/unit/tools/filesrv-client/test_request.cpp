// SPDX-License-Identifier: MIT
// Paths and servers of requests.
#include <doctest/doctest.h>

#include <string>

#include "tools/filesrv-client/exit_status.hpp"
#include "tools/filesrv-client/outcome.hpp"
#include "tools/filesrv-client/request.hpp"

using namespace filesrv::client;

TEST_CASE("a remote path is sent as it is meant") {
    struct Row {
        const char* text;
        const char* path;  // null = refused
    };
    const Row rows[] = {
        {"a.txt", "a.txt"},     {"/a.txt", "a.txt"}, {"./a.txt", "a.txt"},   {"//a//b.txt", "a/b.txt"}, {"a/", "a/"},
        {"a/.", "a/"},          {"/", ""},           {".", ""},              {"a/./b", "a/b"},          {"..a/b..", "..a/b.."},
        {"", nullptr},          {"..", nullptr},     {"a/../b", nullptr},    {"../a", nullptr},         {"a/..", nullptr},
        {"http://h/a", nullptr}, {"https://h/a", nullptr},
    };
    for (const Row& row : rows) {
        CAPTURE(row.text);
        const auto path = parse_remote(row.text);
        CHECK(path.has_value() == (row.path != nullptr));
        if (path && row.path != nullptr) CHECK(*path == row.path);
    }
    CHECK_FALSE(parse_remote(std::string_view("a\0b", 3)));
}

TEST_CASE("a file is saved under its own name, a folder is not") {
    CHECK(*own_name("server/photo.jpg") == "photo.jpg");
    CHECK(*own_name("photo.jpg") == "photo.jpg");
    CHECK(*own_name("server/..a") == "..a");
    CHECK_FALSE(own_name(""));
    CHECK_FALSE(own_name("server/"));
}

TEST_CASE("a URL has its path encoded, byte by byte") {
    const Request request{.remote = "a b/ä%?#.txt", .server = {.host = "localhost", .port = 8080}};
    CHECK(url_of(request) == "http://localhost:8080/a%20b/%C3%A4%25%3F%23.txt");
    CHECK(url_of({.remote = "", .server = {.host = "[::1]", .port = 80}}) == "http://[::1]/");
}

TEST_CASE("servers are named as everybody types them") {
    CHECK(*parse_server_host("Example.ORG") == "example.org");
    CHECK(*parse_server_host("::1") == "[::1]");
    CHECK(*parse_server_host("[::1]") == "[::1]");
    for (const char* bad : {"", "a:80", "a/b", "*", "a b", "user@host", "[]"}) {
        CAPTURE(bad);
        CHECK_FALSE(parse_server_host(bad));
    }
    CHECK(parse_server_host("http://h:80/x").error() == "'http://h:80/x' is a URL; write HOST PORT");
    for (const std::string text : {"h:80", "[::1]:80"}) CHECK(parse_server_host(text).error() == "'" + text + "' is a host with a port; write HOST PORT");
    CHECK(*parse_server_port("65535") == 65535);
    for (const char* bad : {"", "0", "65536", "+1", "80 ", "http"}) {
        CAPTURE(bad);
        CHECK_FALSE(parse_server_port(bad));
    }
}

TEST_CASE("the worst of a batch is what it leaves with") {
    using enum ExitStatus;
    CHECK(worse(success, answer) == answer);
    CHECK(worse(connection, answer) == connection);
    CHECK(worse(interrupted, connection) == interrupted);
    CHECK(code(exit_status_of(Failure::connection)) == 3);
    CHECK(code(exit_status_of(Failure::interrupted)) == 130);
    CHECK(code(exit_status_of(Failure::digest)) == 1);
}
