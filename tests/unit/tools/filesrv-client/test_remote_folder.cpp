// SPDX-License-Identifier: MIT
#include "tools/filesrv-client/remote_folder.hpp"

#include <doctest/doctest.h>

using namespace filesrv::client;

TEST_CASE("a listing is read as filesrvd and nginx write it") {
    const auto items = parse_remote_folder(R"([
{"name":"sub","type":"folder","mtime":"2026-11-23T03:09:13Z"},
{"name":"autoindex","type":"directory","mtime":"Mon, 23 Nov 2026 03:09:13 GMT"},
{"name":"notes.txt","type":"file","size":12,"mtime":"2026-11-23T03:09:13Z","etag":"\"x\""},
{"name":"bad\ufffd","href":"bad%FF%2","type":"file","size":1}])");
    REQUIRE(items.has_value());
    REQUIRE(items->size() == 4);
    CHECK((*items)[0].folder);
    CHECK((*items)[1].folder);
    CHECK_FALSE((*items)[0].size.has_value());
    CHECK((*items)[2].name == "notes.txt");
    CHECK((*items)[2].size == 12);
    CHECK((*items)[3].name == "bad\xFF%2");
    CHECK((*items)[3].modified.empty());
}

TEST_CASE("what no file can be called is left out, and what is no listing is said") {
    const auto items = parse_remote_folder(
        R"([{"name":"..","type":"file"},{"name":"a/b"},{"name":"","type":"file"},{"name":7},{"href":"%2e%2e"},3,null,
            {"href":"a%00b"},{"href":"..%2Fetc"},{"name":"ok","size":-1},{"name":"big","size":1e99}])");
    REQUIRE(items.has_value());
    REQUIRE(items->size() == 2);
    CHECK((*items)[0].name == "ok");
    CHECK_FALSE((*items)[0].size.has_value());
    CHECK_FALSE((*items)[1].size.has_value());
    for (const std::string_view text : {"", "<html>", "{}", "[", "[1", "\xFF", "null"})
        CHECK(parse_remote_folder(text).error() == "the answer is no listing in JSON");
}

TEST_CASE("sizes and times are aligned, and no name reaches the terminal but printable") {
    const std::vector<RemoteItem> items = {
        {.name = "sub", .folder = true, .size = {}, .modified = "2026-11-23T03:09:13Z"},
        {.name = "a b.txt", .folder = false, .size = 17 * 1024, .modified = "2026-11-23T03:09:13Z"},
        {.name = "\x1b[2Jx", .folder = false, .size = 3, .modified = "long ago\x07"},
    };
    CHECK(folder_text(items) ==
          "        2026-11-23 03:09  sub/\n"
          "17 KiB  2026-11-23 03:09  a b.txt\n"
          "   3 B  long ago\\x07      \\x1B[2Jx\n"
          "1 folder, 2 files\n");
    CHECK(folder_text({}) == "0 folders, 0 files\n");
}
