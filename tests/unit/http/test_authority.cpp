// SPDX-License-Identifier: MIT
#include "http/authority.hpp"

#include <doctest/doctest.h>

using namespace filesrv::http;

TEST_CASE("an authority is a host and maybe a port") {  // RFC 3986 3.2
    struct Row {
        const char* text;
        const char* host;
        int port;
    };
    for (const Row& row : {Row{"localhost", "localhost", -1},
                           {"a.b:80", "a.b", 80},
                           {"a:", "a", -1},
                           {"127.0.0.1:8080", "127.0.0.1", 8080},
                           {"[::1]", "[::1]", -1},
                           {"[::1]:8080", "[::1]", 8080},
                           {"[::]", "[::]", -1},
                           {"a.", "a.", -1},
                           {"[1:2:3:4:5:6:7:8]", "[1:2:3:4:5:6:7:8]", -1},
                           {"[1::8]", "[1::8]", -1},
                           {"[1:2:3:4:5:6:7::]", "[1:2:3:4:5:6:7::]", -1},
                           {"[::ffff:1.2.3.4]", "[::ffff:1.2.3.4]", -1},
                           {"[1:2:3:4:5:6:1.2.3.4]", "[1:2:3:4:5:6:1.2.3.4]", -1},
                           {"x_y~!$&'()*+,;=", "x_y~!$&'()*+,;=", -1},
                           {"%41b", "%41b", -1},
                           {"a:65535", "a", 65535},
                           {"a:00080", "a", 80}}) {
        CAPTURE(row.text);
        const auto authority = parse_authority(row.text);
        REQUIRE(authority);
        CHECK(authority->host == row.host);
        CHECK((authority->port ? int{*authority->port} : -1) == row.port);
    }
}

TEST_CASE("a malformed authority is refused") {  // RFC 9110 4.2.4, RFC 9112 3.2
    for (const char* bad : {"",
                            ":80",
                            "a b",
                            " a",
                            "a:b",
                            "a:-1",
                            "a:+1",
                            "a:65536",
                            "a:1:2",
                            "user@a",
                            "u:p@a",
                            "a/b",
                            "a?b",
                            "a#b",
                            "a,b c",
                            "a\\b",
                            "[",
                            "]",
                            "[]",
                            "[::1",
                            "::1",
                            "[::1]a",
                            "[::1]:x",
                            "[1]",
                            "[1:2:3:4:5:6:7]",
                            "[1:2:3:4:5:6:7:8:9]",
                            "[1::2::3]",
                            "[:1]",
                            "[1:]",
                            "[:::]",
                            "[12345::]",
                            "[g::]",
                            "[::1%25eth0]",
                            "[::1.2.3]",
                            "[::1.2.3.256]",
                            "[::01.2.3.4]",
                            "[1.2.3.4::]",
                            "[1:2:3:4:5:6:7:1.2.3.4]",
                            "[1:2:3:4:5:6:7:8::]",
                            "[::1:2:3:4:5:6:7:8]",
                            "[v1.a]",
                            "%4",
                            "%zz",
                            "a\"b",
                            "<a>",
                            "a|b",
                            "a^b",
                            "\xc3\xbc",
                            "a\tb"}) {
        CAPTURE(bad);
        CHECK_FALSE(parse_authority(bad));
    }
}

TEST_CASE("loopback has many spellings") {  // RFC 6761 6.3, RFC 1122 3.2.1.3, RFC 4291 2.5.3
    for (const char* good :
         {"localhost", "LOCALHOST", "localhost.", "a.localhost", "a.b.LocalHost.", "127.0.0.1",
          "127.255.255.254", "[::1]", "[0:0:0:0:0:0:0:1]", "[::0:1]", "[::0.0.0.1]", "127.0.0.1."}) {
        CAPTURE(good);
        CHECK(is_loopback_host(good));
    }
    for (const char* bad : {"", ".", ".localhost", "alocalhost", "localhost.example.com", "localhost..",
                            "example.com", "128.0.0.1", "127.0.0.1.com", "127.1", "127.0.0.1.1", "0127.0.0.1",
                            "0.0.0.0", "[::]", "[::2]", "[1::1]", "[", "ocalhost"}) {
        CAPTURE(bad);
        CHECK_FALSE(is_loopback_host(bad));
    }
}

TEST_CASE("hosts compare without case and final dot, addresses by value") {
    CHECK(same_host("Example.com", "example.COM."));
    CHECK(same_host("[::1]", "[0::0:1]"));
    CHECK_FALSE(same_host("example.com", "example.org"));
    CHECK_FALSE(same_host("[::1]", "[::2]"));
    CHECK_FALSE(same_host("a", "a.."));
}
