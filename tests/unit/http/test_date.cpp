// SPDX-License-Identifier: MIT
#include "http/date.hpp"

#include <doctest/doctest.h>

#include <string>

using namespace filesrv;
using namespace filesrv::http;

namespace {

constexpr std::int64_t example = 784111777;  // of RFC 9110 5.6.7
constexpr std::int64_t now = 1'800'000'000;  // 2027-01-15

}  // namespace

TEST_CASE("all three forms of a date are read") {  // RFC 9110 5.6.7
    CHECK(parse_date("Sun, 06 Nov 1994 08:49:37 GMT", now) == example);
    CHECK(parse_date("Sunday, 06-Nov-94 08:49:37 GMT", now) == example);
    CHECK(parse_date("Sun Nov  6 08:49:37 1994", now) == example);
    CHECK(parse_date("Sun Nov 16 08:49:37 1994", now) == example + 10 * 86400);
    CHECK(parse_date("Thu, 01 Jan 1970 00:00:00 GMT", now) == 0);
    CHECK(parse_date("Wed, 31 Dec 1969 23:59:59 GMT", now) == -1);
    CHECK(parse_date("Sat, 31 Dec 2016 23:59:60 GMT", now) == 1483228800);
}

TEST_CASE("what is not a date is nothing") {
    for (const char* bad : {"",
                            "0",
                            "784111777",
                            "Sun, 06 Nov 1994 08:49:37",
                            "Sun, 06 Nov 1994 08:49:37 UTC",
                            "Sun, 06 Nov 1994 08:49:37 GMT ",
                            " Sun, 06 Nov 1994 08:49:37 GMT",
                            "Sun, 6 Nov 1994 08:49:37 GMT",
                            "Sun, 06 nov 1994 08:49:37 GMT",
                            "sun, 06 Nov 1994 08:49:37 GMT",
                            "Sun, 31 Nov 1994 08:49:37 GMT",
                            "Sun, 29 Feb 1995 08:49:37 GMT",
                            "Sun, 00 Nov 1994 08:49:37 GMT",
                            "Sun, 06 Nov 1994 24:00:00 GMT",
                            "Sun, 06 Nov 1994 08:60:37 GMT",
                            "Sun, 06 Nov 1994 08:49:61 GMT",
                            "Sun, 06 Nov 94 08:49:37 GMT",
                            "Sun, 06-Nov-1994 08:49:37 GMT",
                            "Sunday, 06-Nov-1994 08:49:37 GMT",
                            "Sunday, 06 Nov 1994 08:49:37 GMT",
                            "Sun Nov 6 08:49:37 1994",
                            "Sun Nov 06 08:49:37 94",
                            "Son, 06 Nov 1994 08:49:37 GMT",
                            "Sun, +6 Nov 1994 08:49:37 GMT",
                            "Sun,",
                            "Sun",
                            "Sund"}) {
        CAPTURE(bad);
        CHECK_FALSE(parse_date(bad, now));
    }
}

TEST_CASE("two digits of a year mean at most 50 years ahead") {  // RFC 9110 5.6.7
    const auto year = [](const char* digits, std::int64_t when) {
        const auto seconds = parse_date("Sunday, 06-Nov-" + std::string(digits) + " 00:00:00 GMT", when);
        return std::string(format_date(seconds.value()).view().substr(12, 4));
    };
    CHECK(year("27", now) == "2027");
    CHECK(year("77", now) == "2077");
    CHECK(year("78", now) == "1978");
    CHECK(year("00", now) == "2000");
    CHECK(year("99", now) == "1999");
    CHECK(year("01", 4070908800) == "2101");  // asked in 2099
    CHECK(year("70", 0) == "1970");
    CHECK(year("21", 0) == "1921");
}

TEST_CASE("every day from 1900 to 2200 survives a round trip in each form") {
    for (std::int64_t day = -25567; day < 84006; ++day) {
        const std::int64_t seconds = day * 86400 + (day * 7919 % 86400 + 86400) % 86400;
        const DateText text = format_date(seconds);
        const std::string imf(text.view());
        REQUIRE(parse_date(imf, now) == seconds);
        const std::string day_text = imf[5] == '0' ? " " + imf.substr(6, 1) : imf.substr(5, 2);
        const std::string asctime = imf.substr(0, 3) + " " + imf.substr(8, 3) + " " + day_text + " " +
                                    imf.substr(17, 8) + " " + imf.substr(12, 4);
        REQUIRE(parse_date(asctime, now) == seconds);
    }
}

TEST_CASE("the day's name follows the date") {
    CHECK(format_date(0).view() == "Thu, 01 Jan 1970 00:00:00 GMT");
    CHECK(format_date(example).view() == "Sun, 06 Nov 1994 08:49:37 GMT");
    CHECK(format_date(951782400).view() == "Tue, 29 Feb 2000 00:00:00 GMT");
    CHECK(format_date(-1).view() == "Wed, 31 Dec 1969 23:59:59 GMT");
}

TEST_CASE("times beyond four-digit years are cut") {
    CHECK(format_date(INT64_MAX).view() == "Fri, 31 Dec 9999 23:59:59 GMT");
    CHECK(format_date(INT64_MIN).view() == "Sat, 01 Jan 0000 00:00:00 GMT");
}

TEST_CASE("a moment before the epoch rounds into the past") {
    CHECK(unix_seconds(WallTime(std::chrono::nanoseconds(-1))) == -1);
    CHECK(unix_seconds(WallTime(std::chrono::nanoseconds(999'999'999))) == 0);
}

TEST_CASE("the cache follows the second") {
    DateCache cache;
    const WallTime begin{std::chrono::seconds(example)};
    CHECK(cache.at(begin) == "Sun, 06 Nov 1994 08:49:37 GMT");
    CHECK(cache.at(begin + std::chrono::milliseconds(999)) == "Sun, 06 Nov 1994 08:49:37 GMT");
    CHECK(cache.at(begin + std::chrono::seconds(1)) == "Sun, 06 Nov 1994 08:49:38 GMT");
    CHECK(cache.at(begin) == "Sun, 06 Nov 1994 08:49:37 GMT");
}
