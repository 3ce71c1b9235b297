// SPDX-License-Identifier: MIT
#include "base/numbers.hpp"

#include <doctest/doctest.h>

#include <string>

using namespace filesrv;
using namespace std::chrono_literals;

TEST_CASE("a decimal is digits and nothing else") {
    CHECK(parse_decimal("0") == 0u);
    CHECK(parse_decimal("007") == 7u);
    CHECK(parse_decimal("18446744073709551615") == 18446744073709551615u);
    for (const char* bad : {"", "+5", "-5", " 5", "5 ", "0x5", "5.0", "1_0", "18446744073709551616", "99999999999999999999"}) {
        CAPTURE(bad);
        CHECK_FALSE(parse_decimal(bad));
    }
}

TEST_CASE("every small number survives a round trip, every 2^64 neighbourhood is exact") {
    for (std::uint64_t n = 0; n < 100000; ++n) REQUIRE(parse_decimal(std::to_string(n)) == n);
    CHECK(parse_hex("ffffffffffffffff") == ~std::uint64_t{0});
    CHECK_FALSE(parse_hex("10000000000000000"));
}

TEST_CASE("hexadecimal takes either case, no prefix and no blank") {
    CHECK(parse_hex("aF") == 0xafu);
    for (const char* bad : {"", "0x5", "0_5", "+5", "5 ", "g", "00000000000000001"}) {
        CAPTURE(bad);
        CHECK_FALSE(parse_hex(bad));
    }
}

TEST_CASE("a size has one suffix at most") {
    CHECK(parse_size("0") == 0u);
    CHECK(parse_size("64M") == 67108864u);
    CHECK(parse_size("1k") == 1024u);
    CHECK(parse_size("16777215T") == 16777215ull << 40);
    for (const char* bad : {"", "M", "1KB", "1.5M", "-1", "16777216T", "1 M"}) {
        CAPTURE(bad);
        CHECK_FALSE(parse_size(bad));
    }
}

TEST_CASE("seconds may have a fraction") {
    CHECK(parse_seconds("60") == 60s);
    CHECK(parse_seconds("0.1") == 100ms);
    CHECK(parse_seconds("0.000000001") == 1ns);
    CHECK(parse_seconds("1000000000") == 1000000000s);
    for (const char* bad : {"", ".5", "5.", "-1", "1e3", "0.0000000001", "1000000001", "5s", "1.2.3"}) {
        CAPTURE(bad);
        CHECK_FALSE(parse_seconds(bad));
    }
}
