// SPDX-License-Identifier: MIT
#include "tools/filesrv-client/prompt_requests.hpp"

#include <doctest/doctest.h>

using namespace filesrv::client;

namespace {

Checked<Request> asked(std::string_view line) {
    const auto command = parse_command(line);
    REQUIRE(command.has_value());
    REQUIRE(command->has_value());
    return request_of(**command, {.host = "there", .port = 81}, [](const std::string& name) { return name == "folder" || name == ".."; });
}

}  // namespace

TEST_CASE("a line names the files on both sides") {
    struct Row {
        std::string_view line;
        Verb verb;
        std::string_view remote, local;
    };
    static constexpr Row rows[] = {
        {"GET server/photo.jpg", Verb::get, "server/photo.jpg", "photo.jpg"},
        {"GET /server//photo.jpg mine.jpg", Verb::get, "server/photo.jpg", "mine.jpg"},
        {"GET a/b.txt folder", Verb::get, "a/b.txt", "folder/b.txt"},
        {"GET a/b.txt new/", Verb::get, "a/b.txt", "new/b.txt"},
        {"GET a/b.txt ..", Verb::get, "a/b.txt", "../b.txt"},
        {"GET a/b.txt /tmp/c", Verb::get, "a/b.txt", "/tmp/c"},
        {"POST client/notes.txt", Verb::post, "client/notes.txt", "client/notes.txt"},
        {"POST ./notes.txt", Verb::post, "notes.txt", "./notes.txt"},
        {"POST /tmp/x there.txt", Verb::post, "there.txt", "/tmp/x"},
        {"PUT ../x inbox/", Verb::put, "inbox/x", "../x"},
        {"PUT ../x /", Verb::put, "x", "../x"},
        {"PUT x a/b", Verb::put, "a/b", "x"},
        {"DELETE /a/b", Verb::remove, "a/b", ""},
        {"HEAD a/b", Verb::head, "a/b", ""},
        {"LS", Verb::list, "", ""},
        {"LS /", Verb::list, "", ""},
        {"LS a/b", Verb::list, "a/b/", ""},
        {"LS a/b/", Verb::list, "a/b/", ""},
    };
    for (const Row& row : rows) {
        CAPTURE(row.line);
        const auto request = asked(row.line);
        REQUIRE_MESSAGE(request.has_value(), request.error());
        CHECK(request->verb == row.verb);
        CHECK(request->remote == row.remote);
        CHECK(request->local == row.local);
        CHECK(request->server == Server{.host = "there", .port = 81});
    }
}

TEST_CASE("what names no file, or leaves the root, is refused and quoted") {
    struct Row {
        std::string_view line, error;
    };
    static constexpr Row rows[] = {
        {"GET folder/", "'/folder/' is a folder, not a file"},
        {"GET /", "'/' is a folder, not a file"},
        {"GET a/../b", "'a/../b' holds '..'"},
        {"DELETE folder/", "'/folder/' is a folder, not a file"},
        {"DELETE /", "'/' is a folder, not a file"},
        {"HEAD ..", "'..' holds '..'"},
        {"LS ../x", "'../x' holds '..'"},
        {"POST ../x", "'../x' holds '..'; say how it is called there: FILE REMOTE-NAME"},
        {"POST folder/", "'/folder/' is a folder, not a file"},
        {"PUT .. inbox/", "'..' names no file"},
        {"PUT x/ inbox/", "'x/' names no file"},
        {"PUT x ../y", "'../y' holds '..'"},
        {"GET http://there/x", "'http://there/x' is a URL, not a path"},
    };
    for (const Row& row : rows) {
        CAPTURE(row.line);
        const auto request = asked(row.line);
        REQUIRE_FALSE(request.has_value());
        CHECK(request.error() == row.error);
    }
}
