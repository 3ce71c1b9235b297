// SPDX-License-Identifier: MIT
// Text to value and back.
#include "config/values.hpp"

#include <doctest/doctest.h>

using namespace filesrv::config;
using filesrv::Duration;
using filesrv::LogLevel;
using Kind = ListenAddress::Kind;

TEST_CASE("a listen address is parsed and printed again") {
    struct Row {
        std::string_view text;
        ListenAddress address;
    };
    const Row rows[] = {
        {"localhost:8080", {.kind = Kind::localhost, .port = 8080}},
        {"localhost:0", {.kind = Kind::localhost, .port = 0}},
        {":80", {.kind = Kind::all_interfaces, .port = 80}},
        {"127.0.0.1:65535", {.kind = Kind::host, .host = "127.0.0.1", .port = 65535}},
        {"[::1]:443", {.kind = Kind::host, .host = "::1", .port = 443}},
        {"files.example:8000", {.kind = Kind::host, .host = "files.example", .port = 8000}},
        {"unix:/run/filesrv.sock", {.kind = Kind::unix_socket, .path = "/run/filesrv.sock"}},
        {"unix:a:b", {.kind = Kind::unix_socket, .path = "a:b"}},
    };
    for (const Row& row : rows) {
        CAPTURE(row.text);
        const auto parsed = parse_listen(row.text);
        REQUIRE(parsed.has_value());
        CHECK(*parsed == row.address);
        CHECK(to_text(*parsed) == row.text);
    }
}

TEST_CASE("a malformed listen address is refused with its text and what would do") {
    static constexpr std::string_view refused[] = {
        "",
        "8080",
        "localhost",
        "localhost:",
        "localhost:65536",
        "localhost:-1",
        "localhost:+1",
        "localhost: 1",
        "::1:8080",
        "[::1]",
        "[::1:8080",
        "::1]:8080",
        "[]:80",
        "[1.2.3.4]:80",
        "a b:80",
        "user@host:80",
        "host/x:80",
        "unix:",
        "http://localhost:80",
    };
    for (const std::string_view text : refused) {
        CAPTURE(text);
        const auto parsed = parse_listen(text);
        REQUIRE_FALSE(parsed.has_value());
        CHECK(parsed.error().starts_with('\'' + std::string(text) + '\''));
    }
}

TEST_CASE("a socket's path may have 107 bytes and no more") {
    CHECK(parse_listen("unix:" + std::string(107, 'x')).has_value());
    CHECK_FALSE(parse_listen("unix:" + std::string(108, 'x')).has_value());
}

TEST_CASE("every port parses, and nothing else does") {
    for (unsigned port = 0; port <= 65535; ++port)
        CHECK(parse_port(std::to_string(port)) == static_cast<std::uint16_t>(port));
    for (const std::string_view text : {"", "65536", "-1", "+1", "1 ", "0x10", "99999999999999999999"})
        CHECK_FALSE(parse_port(text));
}

TEST_CASE("workers are MIN:MAX, or one number for both") {
    CHECK(parse_workers("2:256") == WorkerRange{2, 256});
    CHECK(parse_workers("7") == WorkerRange{7, 7});
    CHECK(parse_workers("1:4096") == WorkerRange{1, 4096});
    for (const std::string_view text :
         {"", ":", "2:", ":2", "0:4", "5:4", "1:4097", "1:2:3", "a:b", "-1:2", "1-2"}) {
        CAPTURE(text);
        CHECK_FALSE(parse_workers(text));
    }
    CHECK(to_text(WorkerRange{2, 256}) == "2:256");
}

TEST_CASE("every name of an enumeration parses, and its value prints the first of them") {
    for (const Durability value : {Durability::full, Durability::data, Durability::none})
        CHECK(parse_durability(to_text(value)) == value);
    for (const LogLevel value :
         {LogLevel::trace, LogLevel::debug, LogLevel::info, LogLevel::warning, LogLevel::error})
        CHECK(parse_log_level(to_text(value)) == value);
    CHECK(parse_log_level("warn") == LogLevel::warning);
    CHECK_FALSE(parse_durability("Full"));
    CHECK_FALSE(parse_log_level(""));
}

TEST_CASE("an access log is a format with an optional path") {
    CHECK(parse_access_log("off") == AccessLog{AccessLogFormat::off, ""});
    CHECK(parse_access_log("common") == AccessLog{AccessLogFormat::common, ""});
    CHECK(parse_access_log("json:/var/log/a:b") == AccessLog{AccessLogFormat::json, "/var/log/a:b"});
    for (const std::string_view text : {"", "off:/x", "json:", "xml", ":/x", "automatic"}) {
        CAPTURE(text);
        CHECK_FALSE(parse_access_log(text));
    }
    CHECK(to_text(AccessLog{AccessLogFormat::combined, "/x"}) == "combined:/x");
}

TEST_CASE("a host is a name or an address without a port, in lower case") {
    CHECK(parse_host("Files.Example") == "files.example");
    CHECK(parse_host("*") == "*");
    CHECK(parse_host("[::1]") == "[::1]");
    CHECK(parse_host("10.0.0.1") == "10.0.0.1");
    CHECK(parse_host(std::string(253, 'a')).has_value());
    for (const std::string_view text : {"", "[]", "a:80", "::1", "a b", "a/b", "*.example", "http://a"}) {
        CAPTURE(text);
        CHECK_FALSE(parse_host(text));
    }
    CHECK_FALSE(parse_host(std::string(254, 'a')));
}

TEST_CASE("a field's value holds no control character") {  // RFC 9110 section 5.5
    for (int byte = 0; byte < 256; ++byte) {
        CAPTURE(byte);
        const bool control = byte < 0x20 || byte == 0x7f;
        CHECK(parse_field_value(std::string("a") + static_cast<char>(byte) + "b").has_value() == !control);
    }
    CHECK(parse_field_value("") == "");
}

TEST_CASE("seconds print without needless digits") {
    using namespace std::chrono_literals;
    CHECK(to_text(Duration(60s)) == "60");
    CHECK(to_text(Duration(100ms)) == "0.1");
    CHECK(to_text(Duration(1ns)) == "0.000000001");
    CHECK(to_text(Duration(2500ms)) == "2.5");
    CHECK(to_text(Duration::zero()) == "0");
}
