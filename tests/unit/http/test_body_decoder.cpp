// SPDX-License-Identifier: MIT
#include "http/body_decoder.hpp"

#include "http/limits.hpp"

#include <doctest/doctest.h>

#include <cstring>
#include <memory>
#include <string>
#include <vector>

using namespace filesrv::http;

namespace {

constexpr BodyFraming chunked{.kind = BodyFraming::Kind::chunked};

/// Feeds pieces as they would be received, each from memory of its own: `payload|done or more|bytes left
/// over`, or `payload|rejected`.
std::string decode(BodyFraming framing, std::string_view bytes,
                   std::initializer_list<std::size_t> sizes = {}) {
    BodyDecoder decoder(framing);
    std::string payload;
    std::size_t at = 0;
    const auto feed = [&](std::size_t size) {
        const auto copy = std::make_unique<char[]>(size);
        std::memcpy(copy.get(), bytes.data() + at, size);
        std::size_t done = 0;
        while (done < size && decoder.state() == BodyDecoder::State::more) {
            const auto step = decoder.feed({copy.get() + done, size - done});
            REQUIRE(step.consumed > 0);
            REQUIRE(step.consumed <= size - done);
            payload.append(step.payload.data(), step.payload.size());
            done += step.consumed;
        }
        at += done;
    };
    for (const std::size_t size : sizes) {
        const std::size_t before = at;
        feed(std::min(size, bytes.size() - at));
        if (at == before) break;
    }
    feed(bytes.size() - at);
    CHECK(decoder.payload_bytes() == payload.size());
    if (decoder.state() == BodyDecoder::State::rejected) {
        CHECK(decoder.reject().status == Status::bad_request);
        return payload + "|rejected";
    }
    return payload + (decoder.done() ? "|done|" : "|more|") + std::to_string(bytes.size() - at);
}

struct Row {
    std::string bytes;
    const char* outcome;
};

const std::vector<Row>& corpus() {
    static const std::vector<Row> rows = {
        {"0\r\n\r\n", "|done|0"},
        {"5\r\nhello\r\n0\r\n\r\n", "hello|done|0"},
        {"5\r\nhello\r\n6\r\n world\r\n000\r\n\r\nGET /", "hello world|done|5"},
        {"a\r\n0123456789\r\n0\r\n\r\n", "0123456789|done|0"},
        {"A\r\n0123456789\r\n0\r\n\r\n", "0123456789|done|0"},
        {"0000000000000005\r\nhello\r\n0\r\n\r\n", "hello|done|0"},
        {"2\r\n\r\n\r\n0\r\n\r\n", "\r\n|done|0"},
        {"5;a\r\nhello\r\n0;b=c\r\n\r\n", "hello|done|0"},
        {"5;a=\"b;\\\"c\"; d=e\r\nhello\r\n0\r\n\r\n", "hello|done|0"},
        {"5 ; a = b ;c\r\nhello\r\n0\r\n\r\n", "hello|done|0"},
        {"5;a=\"\\\"b\";c\r\nhello\r\n0;d=\"; e=\\\"\"\r\n\r\n", "hello|done|0"},
        {"5\r\nhello\r\n000;a;b=c;d=e\r\n\r\n", "hello|done|0"},
        {"0\r\nA: b\r\nC:\r\n\r\nrest", "|done|4"},
        {"5\r\nhel", "hel|more|0"},
        {"5\r\nhello\r\n", "hello|more|0"},
        {"5\r\nhello\r\n0\r\n", "hello|more|0"},
        // chunk sizes, RFC 9112 7.1
        {"\r\n0\r\n\r\n", "|rejected"},
        {"0x5\r\nhello\r\n0\r\n\r\n", "|rejected"},
        {"0_5\r\nhello\r\n0\r\n\r\n", "|rejected"},
        {"+5\r\nhello\r\n0\r\n\r\n", "|rejected"},
        {"-5\r\nhello\r\n0\r\n\r\n", "|rejected"},
        {" 5\r\nhello\r\n0\r\n\r\n", "|rejected"},
        {"5 junk\r\nhello\r\n0\r\n\r\n", "|rejected"},
        {"5 \r\nhello\r\n0\r\n\r\n", "|rejected"},
        {"g\r\n", "|rejected"},
        {"5.\r\nhello", "|rejected"},
        {"00000000000000005\r\nhello\r\n0\r\n\r\n", "|rejected"},
        {"ffffffffffffffff\r\nx", "|rejected"},
        {"8000000000000000\r\nx", "|rejected"},
        {"7fffffffffffffff\r\nx", "x|more|0"},
        {"1\r\na\r\n7fffffffffffffff\r\nx", "a|rejected"},
        // line ends, RFC 9112 2.2
        {"5\nhello\r\n0\r\n\r\n", "|rejected"},
        {"5\r\r\nhello", "|rejected"},
        {"5\rhello", "|rejected"},
        {"5\r\nhello\n0\r\n\r\n", "hello|rejected"},
        {"5\r\nhello\r0\r\n\r\n", "hello|rejected"},
        {"5\r\nhello0\r\n\r\n", "hello|rejected"},
        {"5\r\nhello!\r\n0\r\n\r\n", "hello|rejected"},
        {"0\n\n", "|rejected"},
        {"0\r\n\n", "|rejected"},
        {"0\r\n\r\r", "|rejected"},
        // extensions, RFC 9112 7.1.1
        {"5;a\nhello", "|rejected"},
        {"5;a\rb\r\nhello", "|rejected"},
        {"5;\r\nhello", "|rejected"},
        {"5;a=\r\nhello", "|rejected"},
        {"5;a=\"b\r\nhello", "|rejected"},
        {"5;a=\"b\"c\r\nhello", "|rejected"},
        {"5;a b\r\nhello", "|rejected"},
        {"5;a \r\nhello", "|rejected"},
        {std::string("5;a\0\r\nhello", 11), "|rejected"},
        {"5;=a\r\nhello", "|rejected"},
        // trailers, RFC 9112 7.1.2
        {"0\r\nA b\r\n\r\n", "|rejected"},
        {"0\r\nA : b\r\n\r\n", "|rejected"},
        {"0\r\n A: b\r\n\r\n", "|rejected"},
        {"0\r\nA: b\r\n c\r\n\r\n", "|rejected"},
        {"0\r\nA: b\n\r\n", "|rejected"},
        {"0\r\nA: b\rC: d\r\n\r\n", "|rejected"},
        {"0\r\nA: \x01\r\n\r\n", "|rejected"},
        {"0\r\n: b\r\n\r\n", "|rejected"},
        {"0\r\nGET / HTTP/1.1\r\n\r\n", "|rejected"},
    };
    return rows;
}

}  // namespace

TEST_CASE("chunks are read strictly") {
    for (const Row& row : corpus()) {
        CAPTURE(row.bytes);
        CHECK(decode(chunked, row.bytes) == row.outcome);
    }
}

TEST_CASE("no split of a body changes its outcome") {
    for (const Row& row : corpus()) {
        CAPTURE(row.bytes);
        for (std::size_t first = 0; first <= row.bytes.size(); ++first) {
            for (std::size_t second = 0; second <= 4; ++second)
                REQUIRE(decode(chunked, row.bytes, {first, second}) == row.outcome);
        }
        BodyDecoder decoder(chunked);
        std::string payload;
        for (std::size_t at = 0; at < row.bytes.size() && decoder.state() == BodyDecoder::State::more; ++at) {
            const auto step = decoder.feed({row.bytes.data() + at, 1});
            REQUIRE(step.consumed == 1);
            payload.append(step.payload.data(), step.payload.size());
        }
        REQUIRE(std::string(row.outcome).starts_with(payload + "|"));
    }
}

TEST_CASE("a sized body ends at its length, and what follows is the next request's") {  // RFC 9112 6.3
    const auto sized = [](std::uint64_t length) {
        return BodyFraming{.kind = BodyFraming::Kind::length, .length = length};
    };
    CHECK(decode(sized(5), "helloGET /") == "hello|done|5");
    CHECK(decode(sized(5), "hel") == "hel|more|0");
    CHECK(decode(sized(0), "GET /") == "|done|5");
    CHECK(decode({}, "GET /") == "|done|5");
    for (std::size_t split = 0; split < 10; ++split)
        CHECK(decode(sized(5), "helloGET /", {split}) == "hello|done|5");
    BodyDecoder decoder(sized(10));
    (void)decoder.feed(std::string_view("abc"));
    CHECK(decoder.run_bytes_left() == 7);
}

TEST_CASE("a chunk-size line may have 4096 bytes and no more") {
    const auto line = [](std::size_t bytes) { return "0;" + std::string(bytes - 2, 'a') + "\r\n\r\n"; };
    CHECK(decode(chunked, line(limits::chunk_line_bytes_max)) == "|done|0");
    CHECK(decode(chunked, line(limits::chunk_line_bytes_max + 1)).starts_with("|rejected"));
    CHECK(decode(chunked, "0;a=\"" + std::string(100000, 'a')).starts_with("|rejected"));
}

TEST_CASE("trailers may have 4096 bytes together and no more") {
    const auto trailers = [](std::size_t bytes) {
        return "0\r\nA: b\r\nC:" + std::string(bytes - 10, 'd') + "\r\n\r\n";
    };
    CHECK(decode(chunked, trailers(limits::trailer_bytes_max)) == "|done|0");
    CHECK(decode(chunked, trailers(limits::trailer_bytes_max + 1)).starts_with("|rejected"));
}

TEST_CASE("a body made of extensions is cut off, one with much payload is not") {
    std::string bytes;
    for (int i = 0; i < 10; ++i) bytes += "1;" + std::string(2000, 'a') + "\r\nx\r\n";
    CHECK(decode(chunked, bytes + "0\r\n\r\n").starts_with("xxxxxxxx|rejected"));
    bytes = "5000\r\n" + std::string(0x5000, 'p') + "\r\n" + bytes;
    CHECK(decode(chunked, bytes + "0\r\n\r\n").ends_with("xxxxxxxxxx|done|0"));
}

TEST_CASE("a decoder starts anew after any end") {
    BodyDecoder decoder(chunked);
    (void)decoder.feed(std::string_view("x"));
    CHECK(decoder.state() == BodyDecoder::State::rejected);
    decoder.start({.kind = BodyFraming::Kind::length, .length = 1});
    CHECK(decoder.feed(std::string_view("ab")).consumed == 1);
    CHECK(decoder.done());
}
