// SPDX-License-Identifier: MIT
#include "http/range.hpp"

#include <doctest/doctest.h>

#include <string>

using namespace filesrv;
using namespace filesrv::http;

namespace {

/// `offset+length` of each slice; "whole", "416".
std::string resolve(std::string_view field, std::uint64_t size) {
    RangeSet set;
    switch (set.resolve(field, size)) {
        case RangeOutcome::whole: return "whole";
        case RangeOutcome::unsatisfiable: return "416";
        case RangeOutcome::partial: break;
    }
    std::string text;
    for (const Slice& slice : set.slices()) {
        if (!text.empty()) text.append(" ");
        text.append(std::to_string(slice.offset)).append("+").append(std::to_string(slice.length));
    }
    return text;
}

}  // namespace

TEST_CASE("a range is cut at the end, not refused") {  // RFC 9110 14.1.2
    struct Row {
        const char *field, *slices;
    };
    for (const Row& row : {Row{"bytes=0-4", "0+5"},
                           {"bytes=2-", "2+9"},
                           {"bytes=-5", "6+5"},
                           {"bytes=3-7", "3+5"},
                           {"bytes=0-0", "0+1"},
                           {"bytes=-1", "10+1"},
                           {"bytes=10-", "10+1"},
                           {"bytes=10-11", "10+1"},
                           {"bytes=5-1000", "5+6"},
                           {"bytes=0-9", "0+10"},
                           {"bytes=0-10", "0+11"},
                           {"bytes=0-11", "0+11"},
                           {"bytes=-11", "0+11"},
                           {"bytes=-12", "0+11"},
                           {"bytes=0-18446744073709551615", "0+11"},
                           {"bytes=0-99999999999999999999999", "0+11"},
                           {"bytes=-99999999999999999999999", "0+11"},
                           {"BYTES=0-4", "0+5"},
                           {"bytes= 0-4 ", "0+5"},
                           {"bytes=,0-4,", "0+5"},
                           {"bytes=00000000000000000000000000-4", "0+5"}}) {
        CAPTURE(row.field);
        CHECK(resolve(row.field, 11) == row.slices);
    }
}

TEST_CASE("what begins past the end cannot be satisfied") {  // RFC 9110 14.1.1, 15.5.17
    for (const char* field :
         {"bytes=11-", "bytes=11-12", "bytes=12-12", "bytes=11-100", "bytes=100-", "bytes=100-1000",
          "bytes=-0", "bytes=-0,11-", "bytes=18446744073709551615-", "bytes=18446744073709551616-",
          "bytes=99999999999999999999999-99999999999999999999999"}) {
        CAPTURE(field);
        CHECK(resolve(field, 11) == "416");
    }
    CHECK(resolve("bytes=0-", 0) == "416");
    CHECK(resolve("bytes=0-0", 0) == "416");
    CHECK(resolve("bytes=-5", 0) == "whole");
    CHECK(resolve("bytes=-0", 0) == "416");
}

TEST_CASE("a malformed range is no range") {  // RFC 9110 14.2
    for (const char* field : {"",
                              "bytes",
                              "bytes=",
                              "bytes=,",
                              "bytes=-",
                              "bytes=a-b",
                              "bytes=5-4",
                              "bytes=+5-6",
                              "bytes=-+5",
                              "bytes=--5",
                              "bytes=5 -6",
                              "bytes=5- 6",
                              "bytes=0x0-5",
                              "bytes=0-5;",
                              "bytes=0-4,x",
                              "bytes=0-4,5-4",
                              "bytes=0-4-5",
                              "lines=0-4",
                              "bytes 0-4",
                              "bytes =0-4",
                              " bytes=0-4",
                              "bytes=1",
                              "bytes=0-4 5-6"}) {
        CAPTURE(field);
        CHECK(resolve(field, 11) == "whole");
    }
}

TEST_CASE("several ranges keep their order, and join where they touch") {  // RFC 9110 14.2, 15.3.7.2
    struct Row {
        const char *field, *slices;
    };
    for (const Row& row : {Row{"bytes=0-0,-2", "0+1 9+2"},
                           {"bytes=0-1,5-8", "0+2 5+4"},
                           {"bytes=0-1,5-", "0+2 5+6"},
                           {"bytes=5-8,0-1", "5+4 0+2"},
                           {"bytes=0-4,3-7", "0+8"},
                           {"bytes=0-4,5-7", "0+8"},
                           {"bytes=0-1,6-7,2-5", "0+8"},
                           {"bytes=0-0,4-4,2-2", "0+1 4+1 2+1"},
                           {"bytes=0-0,2-2,1-1,9-9", "0+3 9+1"},
                           {"bytes=0-1,100-200", "0+2"},
                           {"bytes=1-1,1-1,1-1", "1+1"},
                           {"bytes=0-,1-,2-,3-,4-", "whole"},
                           {"bytes=0-5,6-", "whole"},
                           {"bytes=-11,0-0", "whole"}}) {
        CAPTURE(row.field);
        CHECK(resolve(row.field, 11) == row.slices);
    }
}

TEST_CASE("32 ranges are answered, 33 are not") {
    std::string field = "bytes=";
    for (int i = 0; i < 32; ++i) field += std::to_string(i * 2) + "-" + std::to_string(i * 2) + ",";
    CHECK(resolve(field, 1000).ends_with("62+1"));
    CHECK(resolve(field + "90-90", 1000) == "whole");
    CHECK(resolve(field + "5000-", 1000) == "whole");
}

TEST_CASE("slices agree with a set of bytes, for every pair of ranges over small files") {
    for (unsigned size = 1; size <= 5; ++size) {
        for (unsigned n = 0; n < 7 * 7 * 7 * 7; ++n) {
            const unsigned bounds[4] = {n % 7, n / 7 % 7, n / 49 % 7, n / 343};
            if (bounds[1] < bounds[0] || bounds[3] < bounds[2]) continue;
            std::string wanted(size, '.');
            for (unsigned i = 0; i < size; ++i) {
                if ((i >= bounds[0] && i <= bounds[1]) || (i >= bounds[2] && i <= bounds[3])) wanted[i] = 'x';
            }
            RangeSet set;
            const std::string field = "bytes=" + std::to_string(bounds[0]) + "-" + std::to_string(bounds[1]) +
                                      "," + std::to_string(bounds[2]) + "-" + std::to_string(bounds[3]);
            const RangeOutcome outcome = set.resolve(field, size);
            std::string got(size, outcome == RangeOutcome::whole ? 'x' : '.');
            if (outcome == RangeOutcome::partial) {
                for (const Slice& slice : set.slices()) {
                    for (std::uint64_t i = 0; i < slice.length; ++i) {
                        REQUIRE(got[slice.offset + i] == '.');  // no byte twice
                        got[slice.offset + i] = 'x';
                    }
                }
            }
            REQUIRE(got == wanted);
        }
    }
}

TEST_CASE("If-Range holds for the strong tag and the exact, settled date") {  // RFC 9110 13.1.5, 8.8.2.2
    const WallTime modified{std::chrono::seconds(784111777)};
    const WallTime now{std::chrono::seconds(1'800'000'000)};
    const EntityInfo strong{.size = 1, .modified = modified, .etag = "\"x\""};
    const EntityInfo weak{.size = 1, .modified = modified, .etag = "W/\"x\""};
    CHECK(if_range_holds("\"x\"", strong, now));
    CHECK_FALSE(if_range_holds("\"y\"", strong, now));
    CHECK_FALSE(if_range_holds("W/\"x\"", strong, now));
    CHECK_FALSE(if_range_holds("W/\"x\"", weak, now));
    CHECK_FALSE(if_range_holds("\"x\"", weak, now));
    CHECK_FALSE(if_range_holds("*", strong, now));
    CHECK_FALSE(if_range_holds("", strong, now));
    CHECK_FALSE(if_range_holds("\"x\", \"y\"", strong, now));
    CHECK(if_range_holds("Sun, 06 Nov 1994 08:49:37 GMT", strong, now));
    CHECK_FALSE(if_range_holds("Sun, 06 Nov 1994 08:49:36 GMT", strong, now));
    CHECK_FALSE(if_range_holds("Sun, 06 Nov 1994 08:49:38 GMT", strong, now));
    CHECK_FALSE(if_range_holds("Sun, 06 Nov 1994 08:49:37 GMT", strong, modified));
    CHECK(if_range_holds("Sun, 06 Nov 1994 08:49:37 GMT", strong, modified + std::chrono::seconds(1)));
}
