// SPDX-License-Identifier: MIT
#include "base/readable.hpp"

#include <doctest/doctest.h>

using namespace filesrv;
using namespace std::chrono_literals;

namespace {

std::string size_text(std::uint64_t bytes) {
    std::string out;
    append_size(out, bytes);
    return out;
}

std::string duration_text(Duration duration) {
    std::string out;
    append_duration(out, duration);
    return out;
}

std::string timestamp(std::int64_t seconds) {
    std::string out;
    append_timestamp(out, seconds);
    return out;
}

}  // namespace

TEST_CASE("sizes are rounded down, with a tenth below ten") {
    CHECK(size_text(0) == "0 B");
    CHECK(size_text(9) == "9 B");
    CHECK(size_text(1023) == "1023 B");
    CHECK(size_text(1024) == "1.0 KiB");
    CHECK(size_text(1024 + 103) == "1.1 KiB");
    CHECK(size_text(10 * 1024 - 1) == "9.9 KiB");
    CHECK(size_text(10 * 1024) == "10 KiB");
    CHECK(size_text(1024 * 1024 - 1) == "1023 KiB");
    CHECK(size_text(std::uint64_t{3} << 40) == "3.0 TiB");
    CHECK(size_text(~std::uint64_t{0}) == "15 EiB");
}

TEST_CASE("durations keep two figures or so") {
    CHECK(duration_text(-1s) == "0.0 ms");
    CHECK(duration_text(12us) == "0.0 ms");
    CHECK(duration_text(3149us) == "3.1 ms");
    CHECK(duration_text(9999us) == "9.9 ms");
    CHECK(duration_text(10ms) == "10 ms");
    CHECK(duration_text(9999ms) == "9999 ms");
    CHECK(duration_text(10s) == "10 s");
}

TEST_CASE("timestamps are RFC 3339 in UTC") {
    CHECK(timestamp(0) == "1970-01-01T00:00:00Z");
    CHECK(timestamp(-1) == "1969-12-31T23:59:59Z");
    CHECK(timestamp(951782400) == "2000-02-29T00:00:00Z");
    CHECK(timestamp(1795403353) == "2026-11-23T03:09:13Z");
    CHECK(timestamp(INT64_MIN) == "0000-01-01T00:00:00Z");
    CHECK(timestamp(INT64_MAX) == "9999-12-31T23:59:59Z");
}
