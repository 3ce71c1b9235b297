// SPDX-License-Identifier: MIT
// Lines of a batch.
#include <doctest/doctest.h>

#include <string>

#include "tools/filesrv-client/batch_line.hpp"

using namespace filesrv::client;

namespace {

const Server fallback{.host = "fallback", .port = 9};

Request parsed(std::string_view line) {
    CAPTURE(line);
    const auto request = parse_batch_line(line, fallback);
    REQUIRE(request);
    REQUIRE(request->has_value());
    return **request;
}

}  // namespace

TEST_CASE("blank lines and comments hold no request") {
    for (const char* line : {"", "   ", "\t", "# GET a", "  # GET a"}) {
        CAPTURE(line);
        const auto request = parse_batch_line(line, fallback);
        REQUIRE(request);
        CHECK_FALSE(request->has_value());
    }
}

TEST_CASE("a download goes into its own name, an upload to the same path") {
    const Request get = parsed("GET server/photo.jpg");
    CHECK(get.verb == Verb::get);
    CHECK(get.remote == "server/photo.jpg");
    CHECK(get.local == "photo.jpg");
    CHECK(get.server == fallback);
    CHECK_FALSE(get.may_fail);
    const Request post = parsed("POST ./client/notes.txt");
    CHECK(post.verb == Verb::post);
    CHECK(post.remote == "client/notes.txt");
    CHECK(post.local == "./client/notes.txt");
    CHECK(parsed("HEAD /").remote.empty());
    CHECK(parsed("HEAD a").local.empty());
    CHECK(parsed("DELETE a").local.empty());
}

TEST_CASE("verbs are known in any case and by their old names") {
    CHECK(parsed("client_get a").verb == Verb::get);
    CHECK(parsed("Client_Post a").verb == Verb::post);
    CHECK(parsed("pUt a").verb == Verb::put);
    CHECK(parsed("delete a").verb == Verb::remove);
}

TEST_CASE("a line names its server, or only its host, or none") {
    CHECK(parsed("GET a other") .server == Server{.host = "other", .port = 8080});
    CHECK(parsed("GET a other 81").server == Server{.host = "other", .port = 81});
    CHECK(parsed("GET a ::1 81").server == Server{.host = "[::1]", .port = 81});
}

TEST_CASE("a dash before the verb lets it fail") {
    for (const char* line : {"-GET a", "- GET a", "  -get a # comment"}) {
        const Request request = parsed(line);
        CHECK(request.may_fail);
        CHECK(request.verb == Verb::get);
    }
    CHECK_FALSE(parsed("GET -a").may_fail);
}

TEST_CASE("a line that is wrong is refused, and says what is wrong") {
    struct Row {
        std::string line;
        const char* says;
    };
    const Row rows[] = {
        {"GTE a", "the nearest known one is GET"},
        {"PUSH a", "unknown verb 'PUSH'"},
        {"LS a", "unknown verb"},
        {"\x1b[2J a", "unknown verb '\\x1B[2J'"},
        {"a.txt", "unknown verb"},
        {"GET", "GET needs a path"},
        {"-", "a '-' and no request"},
        {"--GET a", "unknown verb"},
        {"GET ''", "the path is empty"},
        {"GET /", "is a folder"},
        {"GET folder/", "is a folder"},
        {"POST .", "is a folder"},
        {"DELETE /", "is a folder"},
        {"GET ../a", "holds '..'"},
        {"POST ../a", "holds '..'"},
        {"GET http://localhost/a", "is a URL; write PATH HOST PORT"},
        {"GET a host:80", "write HOST PORT"},
        {"GET a ho/st", "is not a host name"},
        {"GET a ''", "is not a host name"},
        {"GET a *", "is not a host name"},
        {"GET a host 0", "is not a port"},
        {"GET a host 65536", "is not a port"},
        {"GET a host -1", "is not a port"},
        {"GET a host 80x", "is not a port"},
        {"GET a host ''", "is not a port"},
        {"GET a host 80 more", "too many words"},
        {"GET a b c d e f g h i j k l m n o p", "too many words"},
        {"GET 'a", "a ' has no end"},
        {"GET \"a", "a \" has no end"},
        {"GET a\\", "a backslash ends the line"},
        {std::string("GET a\0b", 7), "holds a NUL"},
        {"GET " + std::string(batch_line_bytes_max, 'a'), "longer than"},
    };
    static_assert(std::size(rows) >= 30);
    for (const Row& row : rows) {
        const auto request = parse_batch_line(row.line, fallback);
        CAPTURE(row.line);
        REQUIRE_FALSE(request);
        CAPTURE(request.error());
        CHECK(request.error().find(row.says) != std::string::npos);
    }
}

TEST_CASE("a line is taken up to its longest") {
    CHECK(parse_batch_line("GET " + std::string(batch_line_bytes_max - 4, 'a'), fallback));
    CHECK_FALSE(parse_batch_line("GET " + std::string(batch_line_bytes_max - 3, 'a'), fallback));
}
