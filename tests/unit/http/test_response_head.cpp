// SPDX-License-Identifier: MIT
#include "http/response_head.hpp"

#include <doctest/doctest.h>

#include <array>
#include <string>

using namespace filesrv;
using namespace filesrv::http;

namespace {

const WallTime now{std::chrono::seconds(1'800'000'000)};
const EntityInfo entity{.size = 1234,
                        .modified = WallTime(std::chrono::seconds(784111777)),
                        .etag = "\"x\"",
                        .content_type = "text/plain"};
constexpr std::string_view date = "Fri, 15 Jan 2027 08:00:00 GMT";

std::string head_of(const ResponsePlan& plan, const EntityBlock& block, ConnectionFields connection) {
    std::array<char, 1024> buffer;
    HeadWriter writer(buffer);
    write_planned_head(writer, plan, block, date, connection);
    CHECK_FALSE(writer.overflowed());
    return std::string(writer.view());
}

}  // namespace

TEST_CASE("a head is status, date, the entity's block, length and connection") {
    EntityBlock block;
    block.build(entity, {}, now);
    CHECK(head_of({.status = Status::ok, .send_body = true, .size = 1234, .slice = {0, 1234}}, block,
                  {.keep_alive = true, .timeout_s = 20}) ==
          "HTTP/1.1 200 OK\r\nDate: Fri, 15 Jan 2027 08:00:00 GMT\r\nContent-Type: "
          "text/plain\r\nX-Content-Type-Options: nosniff\r\n"
          "Accept-Ranges: bytes\r\nLast-Modified: Sun, 06 Nov 1994 08:49:37 GMT\r\nETag: "
          "\"x\"\r\nCache-Control: no-cache\r\n"
          "Content-Length: 1234\r\nConnection: keep-alive\r\nKeep-Alive: timeout=20\r\n\r\n");
}

TEST_CASE("a part tells its place") {  // RFC 9110 14.4, 15.3.7
    EntityBlock block;
    block.build(entity, {}, now);
    const std::string head =
        head_of({.status = Status::partial_content, .send_body = true, .size = 1234, .slice = {500, 100}},
                block, {.keep_alive = false});
    CHECK(head.starts_with("HTTP/1.1 206 Partial Content\r\n"));
    CHECK(head.find("\r\nContent-Range: bytes 500-599/1234\r\n") != head.npos);
    CHECK(head.find("\r\nContent-Length: 100\r\n") != head.npos);
    CHECK(head.ends_with("\r\nConnection: close\r\n\r\n"));
}

TEST_CASE("304 has what a cache must know, and nothing of the body") {  // RFC 9110 15.4.5
    EntityBlock block;
    block.build(entity, {.cache_control = "max-age=60", .vary = "Accept-Encoding"}, now);
    CHECK(head_of({.status = Status::not_modified, .size = 1234}, block, {.keep_alive = true}) ==
          "HTTP/1.1 304 Not Modified\r\nDate: Fri, 15 Jan 2027 08:00:00 GMT\r\nETag: \"x\"\r\nCache-Control: "
          "max-age=60\r\n"
          "Vary: Accept-Encoding\r\nConnection: keep-alive\r\n\r\n");
}

TEST_CASE("Last-Modified is never in the future") {  // RFC 9110 8.8.2.1
    EntityInfo future = entity;
    future.modified = now + std::chrono::hours(1);
    EntityBlock block;
    block.build(future, {.cache_control = ""}, now);
    CHECK(block.full().find("Last-Modified: Fri, 15 Jan 2027 08:00:00 GMT\r\n") != std::string_view::npos);
    CHECK(block.not_modified() == "ETag: \"x\"\r\n");
}

TEST_CASE("a head that does not fit is told, at the very byte, and writes nothing past the end") {
    EntityBlock block;
    block.build(entity, {}, now);
    const ResponsePlan plan{.status = Status::ok, .send_body = true, .size = 1234, .slice = {0, 1234}};
    const std::size_t wanted = head_of(plan, block, {}).size();
    for (std::size_t room = 0; room <= wanted; ++room) {
        std::string buffer(room + 1, '#');
        HeadWriter writer(std::span<char>(buffer.data(), room));
        write_planned_head(writer, plan, block, date, {});
        REQUIRE(writer.overflowed() == (room < wanted));
        REQUIRE(writer.size() <= room);
        REQUIRE(buffer.back() == '#');
    }
}

TEST_CASE("single fields and their numbers") {
    std::array<char, 256> buffer;
    HeadWriter writer(buffer);
    writer.status_line(Status::range_not_satisfiable);
    writer.content_range_unsatisfied(~0ull);
    writer.field("Content-Length", std::uint64_t{0});
    writer.field("Location", "/a%20b");
    writer.finish();
    CHECK(writer.view() ==
          "HTTP/1.1 416 Range Not Satisfiable\r\nContent-Range: bytes "
          "*/18446744073709551615\r\nContent-Length: 0\r\n"
          "Location: /a%20b\r\n\r\n");
}
