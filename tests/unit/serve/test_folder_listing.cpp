// SPDX-License-Identifier: MIT
#include "serve/folder_listing.hpp"

#include <doctest/doctest.h>

#include "../http/parsed.hpp"
#include "serve/limits.hpp"
#include "serving.hpp"

using namespace filesrv;
using namespace filesrv::serve;

namespace {

FolderAnswer list(test::Serving& serving, std::string_view target, std::string_view fields = {}) {
    const http::test::Parsed parsed(
        std::string("GET ").append(target).append(" HTTP/1.1\r\nHost: localhost\r\n").append(fields).append("\r\n"));
    REQUIRE(parsed.verdict() == 0);
    const auto folder = serving.server().store().open("");
    REQUIRE(folder);
    return folder_listing(serving.server(), parsed.request, **folder);
}

/// The tag with its quotes, "" when there is none.
std::string tag_of(const FolderAnswer& made) {
    const std::string& fields = made.answer.fields;
    const auto from = fields.find("ETag: ");
    if (from == std::string::npos) return {};
    return fields.substr(from + 6, fields.find('\r', from) - from - 6);
}

}  // namespace

TEST_CASE("a listing's tag changes with a name, a size, a time, and the form") {
    test::Serving serving;
    const auto path = serving.root() / "a";
    test::write_file(path, "1");
    test::set_mtime(path, 1'700'000'000'000'000'000);
    const std::string first = tag_of(list(serving, "/"));
    CHECK(first.size() == 34);
    CHECK(tag_of(list(serving, "/")) == first);
    CHECK(tag_of(list(serving, "/?json")) != first);
    test::set_mtime(path, 1'700'000'060'000'000'000);
    const std::string second = tag_of(list(serving, "/"));
    CHECK(second != first);
    test::write_file(path, "1+");
    test::set_mtime(path, 1'700'000'060'000'000'000);
    const std::string third = tag_of(list(serving, "/"));
    CHECK(third != second);
    test::write_file(serving.root() / "b", "");
    CHECK(tag_of(list(serving, "/")) != third);
}

TEST_CASE("conditions on tags count for a listing, those on dates do not") {  // RFC 9110 section 13.1
    test::Serving serving;
    test::write_file(serving.root() / "a", "1");
    const std::string tag = tag_of(list(serving, "/"));
    const struct {
        std::string fields;
        http::Status status;
    } table[] = {
        {"If-None-Match: " + tag + "\r\n", http::Status::not_modified},
        {"If-None-Match: \"x\", W/" + tag + "\r\n", http::Status::not_modified},
        {"If-None-Match: *\r\n", http::Status::not_modified},
        {"If-None-Match: \"x\"\r\n", http::Status::ok},
        {"If-Match: " + tag + "\r\n", http::Status::ok},
        {"If-Match: *\r\n", http::Status::ok},
        {"If-Match: \"x\"\r\n", http::Status::precondition_failed},
        {"If-Modified-Since: Tue, 14 Nov 2034 22:13:20 GMT\r\n", http::Status::ok},
        {"If-Unmodified-Since: Tue, 14 Nov 2000 22:13:20 GMT\r\n", http::Status::ok},
    };
    for (const auto& row : table) {
        CAPTURE(row.fields);
        const FolderAnswer made = list(serving, "/", row.fields);
        CHECK(made.answer.status == row.status);
        if (row.status != http::Status::not_modified) continue;
        CHECK(made.answer.body.empty());
        CHECK(made.answer.content_type.empty());
        CHECK(made.answer.fields == "Cache-Control: no-cache\r\nVary: Accept\r\nETag: " + tag + "\r\n");
    }
}

TEST_CASE("a listing that is too long for one answer has a beginning, a rest, and no tag") {
    test::Serving serving;
    for (int i = 0; i < 4000; ++i) test::write_file(serving.root() / ("name-" + std::to_string(10000 + i)), "");
    FolderAnswer made = list(serving, "/");
    REQUIRE(made.rest != nullptr);
    CHECK(made.answer.status == http::Status::ok);
    CHECK(made.answer.body.starts_with("<!DOCTYPE"));
    CHECK(made.answer.body.size() >= limits::listing_whole_bytes);
    CHECK(made.answer.body.size() < limits::listing_whole_bytes + limits::listing_piece_bytes + 4096);
    CHECK(tag_of(made).empty());
    FileTransfer none;
    while (*made.rest->next(made.answer.body, none) == BodySource::Next::piece) {}
    CHECK(made.answer.body.ends_with("</html>\n"));
    CHECK(list(serving, "/", "If-Match: \"x\"\r\n").answer.status == http::Status::precondition_failed);
    CHECK(list(serving, "/", "If-Match: *\r\n").answer.status == http::Status::ok);
}
