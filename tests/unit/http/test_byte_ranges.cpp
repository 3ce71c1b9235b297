// SPDX-License-Identifier: MIT
#include "http/byte_ranges.hpp"

#include "parsed.hpp"

#include <doctest/doctest.h>

using namespace filesrv;
using namespace filesrv::http;

namespace {

const WallTime now{std::chrono::seconds(1'800'000'000)};
constexpr std::string_view file = "hello world";
const EntityInfo entity{.size = file.size(), .modified = now, .etag = "\"x\"", .content_type = "text/plain"};

ResponsePlan plan_for(const std::string& ranges) {
    const test::Parsed parsed(test::get_with("Range: bytes=" + ranges + "\r\n"));
    REQUIRE_FALSE(parsed.reject);
    return plan(parsed.request, entity, now, {.multipart = true});
}

std::string body_of(const ByteRanges& ranges, const ResponsePlan& plan) {
    std::string body;
    for (std::size_t i = 0; i < ranges.parts(); ++i) {
        const Slice slice = plan.ranges.slices()[i];
        body.append(ranges.head_of(i)).append(file.substr(slice.offset, slice.length));
    }
    return body.append(ranges.tail());
}

}  // namespace

TEST_CASE("several ranges are parts with their own place, each behind a CRLF") {  // RFC 9110 14.6, 15.3.7.2
    const ResponsePlan planned = plan_for("0-4,-2");
    ByteRanges ranges;
    ranges.lay_out(planned, entity.content_type, {0xab, 0xcd});
    CHECK(ranges.content_type() == "multipart/byteranges; boundary=filesrv-abcd");
    CHECK(body_of(ranges, planned) ==
          "\r\n--filesrv-abcd\r\nContent-Type: text/plain\r\nContent-Range: bytes 0-4/11\r\n\r\nhello"
          "\r\n--filesrv-abcd\r\nContent-Type: text/plain\r\nContent-Range: bytes 9-10/11\r\n\r\nld"
          "\r\n--filesrv-abcd--\r\n");
}

TEST_CASE("the length of parts is known before they are sent, and a layout is used again") {
    ByteRanges ranges;
    for (const char* field : {"0-0,2-2", "0-0,2-2,4-4,6-6,8-8,10-10", "10-,0-3"}) {
        const ResponsePlan planned = plan_for(field);
        ranges.lay_out(planned, entity.content_type, {1, 2});
        CHECK(ranges.parts() == planned.ranges.slices().size());
        CHECK(body_of(ranges, planned).size() == ranges.content_length());
    }
}

TEST_CASE("the head of parts names their boundary and no range of its own") {  // RFC 9110 15.3.7.2
    const ResponsePlan planned = plan_for("0-0,2-2");
    ByteRanges ranges;
    ranges.lay_out(planned, entity.content_type, {1, 2});
    EntityBlock block;
    block.build(entity, {}, now);
    std::array<char, 1024> buffer;
    HeadWriter writer(buffer);
    write_multipart_head(writer, ranges, block, "Fri, 15 Jan 2027 08:00:00 GMT", {.keep_alive = false});
    CHECK(writer.view() ==
          "HTTP/1.1 206 Partial Content\r\nDate: Fri, 15 Jan 2027 08:00:00 GMT\r\n"
          "Content-Type: multipart/byteranges; boundary=filesrv-12\r\nX-Content-Type-Options: nosniff\r\n"
          "Accept-Ranges: bytes\r\nLast-Modified: Fri, 15 Jan 2027 08:00:00 GMT\r\nETag: \"x\"\r\n"
          "Cache-Control: no-cache\r\nContent-Length: " +
              std::to_string(ranges.content_length()) + "\r\nConnection: close\r\n\r\n");
}
