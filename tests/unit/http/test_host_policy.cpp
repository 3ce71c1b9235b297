// SPDX-License-Identifier: MIT
#include "http/host_policy.hpp"

#include "parsed.hpp"

#include <doctest/doctest.h>

using namespace filesrv::http;
using test::Parsed;

namespace {

int check(const std::string& host, const HostPolicy& policy) {
    const Parsed parsed("GET / HTTP/1.1\r\nHost: " + host + "\r\n\r\n");
    REQUIRE_FALSE(parsed.reject);
    const auto reject = check_host(parsed.request, policy);
    return reject ? static_cast<int>(code(reject->status)) : 0;
}

int write(const std::string& method, const std::string& fields) {
    const Parsed parsed(method + " / HTTP/1.1\r\nHost: localhost:8080\r\nContent-Length: 0\r\n" + fields +
                        "\r\n");
    REQUIRE_FALSE(parsed.reject);
    const auto reject = check_same_site(parsed.request);
    return reject ? static_cast<int>(code(reject->status)) : 0;
}

}  // namespace

TEST_CASE("on loopback only its names and those given are answered") {  // RFC 9110 7.4, 15.5.20
    const HostPolicy policy{.loopback_only = true,
                            .names = {"Files.example", "192.168.1.5:8080", "[fe80::1]"}};
    for (const char* good :
         {"localhost", "LOCALHOST:8080", "localhost.", "x.localhost:1", "127.0.0.1:8080", "127.1.2.3",
          "[::1]:8080", "files.EXAMPLE", "files.example.:80", "192.168.1.5", "[fe80:0::1]"}) {
        CAPTURE(good);
        CHECK(check(good, policy) == 0);
    }
    for (const char* bad : {"evil.com", "localhost.evil.com", "127.0.0.1.evil.com", "files.example.com",
                            "192.168.1.6", "[fe80::2]", "0.0.0.0", "2130706433"}) {
        CAPTURE(bad);
        CHECK(check(bad, policy) == 421);
    }
}

TEST_CASE("on wider addresses any name is answered, unless names are given") {
    CHECK(check("evil.com", {.loopback_only = false}) == 0);
    CHECK(check("evil.com", {.loopback_only = false, .names = {"a"}}) == 421);
    CHECK(check("a", {.loopback_only = false, .names = {"a"}}) == 0);
    CHECK(check("localhost", {.loopback_only = false, .names = {"a"}}) == 0);
    CHECK(check("evil.com", {.loopback_only = true, .any = true}) == 0);
    CHECK(check("evil.com", {.loopback_only = false, .names = {"a"}, .any = true}) == 0);
}

TEST_CASE("the absolute form is judged, the refusal names the option, HTTP/1.0 may be silent") {
    const Parsed absolute("GET http://evil.com/ HTTP/1.1\r\nHost: localhost\r\n\r\n");
    const auto reject = check_host(absolute.request, {});
    REQUIRE(reject);
    CHECK(reject->status == Status::misdirected_request);
    CHECK(reject->detail.find("--host") != std::string_view::npos);
    CHECK_FALSE(reject->close);
    CHECK_FALSE(check_host(Parsed("GET / HTTP/1.0\r\n\r\n").request, {}));
}

TEST_CASE("an https URL is not answered in the clear, whatever its name") {  // RFC 9110 7.4, 15.5.20
    for (const char* target : {"https://localhost/", "HTTPS://a", "https://a:80/?q"}) {
        const Parsed parsed(std::string("GET ") + target + " HTTP/1.1\r\nHost: localhost\r\n\r\n");
        REQUIRE_FALSE(parsed.reject);
        for (const HostPolicy& policy : {HostPolicy{}, HostPolicy{.names = {"a"}},
                                         HostPolicy{.loopback_only = false}, HostPolicy{.any = true}}) {
            const auto reject = check_host(parsed.request, policy);
            REQUIRE(reject);
            CHECK(reject->status == Status::misdirected_request);
        }
    }
    // The next request is judged by itself.
    Parsed reused("GET https://localhost/ HTTP/1.1\r\nHost: localhost\r\n\r\n");
    const std::string next = "GET http://localhost/ HTTP/1.1\r\nHost: localhost\r\n\r\n";
    RequestHead head;
    REQUIRE(head.parse(next) == ParseState::complete);
    REQUIRE_FALSE(interpret(head, reused.request));
    CHECK_FALSE(check_host(reused.request, {}));
}

TEST_CASE("a request that follows others is judged by its own Host, and what it says lies in its own bytes") {
    const std::string long_name = std::string(80, 'a') + ".localhost";
    struct Row {
        std::string host, name;
        int port, verdict;
    };
    const Row rows[] = {
        {"localhost:8080", "localhost", 8080, 0}, {"localhost:8080", "localhost", 8080, 0},
        {"localhost:808", "localhost", 808, 0},   {"localhost", "localhost", -1, 0},
        {"evil.com", "evil.com", -1, 421},        {"evil.com", "evil.com", -1, 421},
        {"[::1]:1", "[::1]", 1, 0},               {"[::1]:1", "[::1]", 1, 0},
        {"[::2]:1", "[::2]", 1, 421},             {long_name, long_name, -1, 0},
        {long_name, long_name, -1, 0},            {"[::2]:1", "[::2]", 1, 421},
        {"local host", "", -1, 400},              {"localhost", "localhost", -1, 0},
    };
    Request request;
    for (const Row& row : rows) {
        CAPTURE(row.host);
        const std::string bytes = "GET / HTTP/1.1\r\nHost: " + row.host + "\r\n\r\n";
        RequestHead head;
        REQUIRE(head.parse(bytes) == ParseState::complete);
        auto reject = interpret(head, request);
        if (!reject) reject = check_host(request, {});
        CHECK((reject ? static_cast<int>(code(reject->status)) : 0) == row.verdict);
        CHECK(request.authority.host == row.name);
        CHECK(request.authority.port.value_or(-1) == static_cast<std::uint16_t>(row.port));
        if (row.verdict == 400) continue;
        CHECK((request.authority.host.data() > bytes.data() && request.host.end() < bytes.data() + bytes.size()));
    }
}

TEST_CASE("hosts of the absolute form are judged like Host, which it replaces") {  // RFC 9112 3.2.2
    struct Row {
        const char *target, *host;
        int verdict;
    };
    for (const Row& row : {Row{"http://localhost/", "localhost", 0},
                           {"http://localhost:8080/", "evil.com", 0},
                           {"http://[::1]/", "evil.com", 0},
                           {"http://evil.com/", "localhost", 421},
                           {"http://evil.com", "localhost", 421},
                           {"http://localhost.evil.com/", "localhost", 421},
                           {"/", "evil.com", 421}}) {
        CAPTURE(row.target);
        const Parsed parsed(std::string("GET ") + row.target + " HTTP/1.1\r\nHost: " + row.host + "\r\n\r\n");
        REQUIRE_FALSE(parsed.reject);
        const auto reject = check_host(parsed.request, {});
        CHECK((reject ? static_cast<int>(code(reject->status)) : 0) == row.verdict);
    }
}

TEST_CASE("a page of another site changes nothing") {  // Fetch Metadata; RFC 6454 7
    struct Row {
        const char* fields;
        int verdict;
    };
    for (const Row& row : {Row{"", 0},
                           {"Sec-Fetch-Site: same-origin\r\n", 0},
                           {"Sec-Fetch-Site: none\r\n", 0},
                           {"Sec-Fetch-Site: same-site\r\n", 403},
                           {"Sec-Fetch-Site: cross-site\r\n", 403},
                           {"Sec-Fetch-Site:\r\n", 403},
                           {"Sec-Fetch-Site: none\r\nSec-Fetch-Site: cross-site\r\n", 403},
                           {"Origin: http://localhost:8080\r\n", 0},
                           {"Origin: http://LOCALHOST:8080\r\n", 0},
                           {"Origin: https://localhost:8080\r\n", 0},
                           {"Origin: http://localhost\r\n", 403},
                           {"Origin: http://localhost:8081\r\n", 403},
                           {"Origin: http://evil.com\r\n", 403},
                           {"Origin: http://evil.com:8080\r\n", 403},
                           {"Origin: http://localhost:8080.evil.com\r\n", 403},
                           {"Origin: null\r\n", 403},
                           {"Origin:\r\n", 403},
                           {"Origin: file://\r\n", 403},
                           {"Origin: http://localhost:8080 http://evil.com\r\n", 403},
                           {"Origin: http://localhost:8080\r\nOrigin: http://evil.com\r\n", 403},
                           {"Sec-Fetch-Site: cross-site\r\nOrigin: http://localhost:8080\r\n", 403},
                           {"Sec-Fetch-Site: same-origin\r\nOrigin: http://evil.com\r\n", 403}}) {
        CAPTURE(row.fields);
        for (const char* method : {"POST", "PUT", "DELETE"}) CHECK(write(method, row.fields) == row.verdict);
        for (const char* method : {"GET", "HEAD", "OPTIONS"}) CHECK(write(method, row.fields) == 0);
    }
}

TEST_CASE("default ports may be left out on either side") {  // RFC 6454 4
    const auto check_origin = [](const char* host, const char* origin) {
        const Parsed parsed(std::string("PUT / HTTP/1.1\r\nHost: ") + host + "\r\nOrigin: " + origin +
                            "\r\n\r\n");
        return !check_same_site(parsed.request).has_value();
    };
    CHECK(check_origin("a", "http://a"));
    CHECK(check_origin("a:80", "http://a"));
    CHECK(check_origin("a", "http://a:80"));
    CHECK(check_origin("a", "https://a"));
    CHECK(check_origin("a:443", "https://a"));
    CHECK_FALSE(check_origin("a:80", "https://a"));
    CHECK_FALSE(check_origin("a:443", "http://a"));
}
