// SPDX-License-Identifier: MIT
#include "tools/filesrv-client/progress_text.hpp"

#include <doctest/doctest.h>

#include "base/columns.hpp"

using namespace filesrv;
using namespace filesrv::client;
using namespace std::chrono_literals;

namespace {

constexpr std::uint64_t mib = 1024 * 1024;

TransferFigures half() { return {.name = "photo.jpg", .done = 12 * mib, .total = 24 * mib, .rate = 3.0 * mib, .elapsed = 4s}; }

}  // namespace

TEST_CASE("parts give way from the right as the terminal narrows, and the name last") {
    struct Row {
        std::size_t width;
        std::string_view text;
    };
    static constexpr Row rows[] = {
        {80, "photo.jpg   50% [===========>          ]  12 MiB of 24 MiB  3.0 MiB/s  0:04 left"},
        {60, "photo.jpg   50%  12 MiB of 24 MiB  3.0 MiB/s  0:04 left"},
        {50, "photo.jpg   50%  12 MiB of 24 MiB  3.0 MiB/s"},
        {40, "photo.jpg   50%  12 MiB of 24 MiB"},
        {20, "photo.jpg   50%"},
        {14, "photo.jpg"},
        {7, "ph..jpg"},
        {1, "p"},
        {0, ""},
    };
    for (const Row& row : rows) {
        CAPTURE(row.width);
        CHECK(progress_text(half(), row.width) == row.text);
    }
}

TEST_CASE("an unknown total shows what came, how fast, and since when") {
    const TransferFigures figures{.name = "list", .done = 5 * mib, .total = {}, .rate = 1.5 * mib, .elapsed = 83s};
    CHECK(progress_text(figures, 80) == "list  5.0 MiB  1.5 MiB/s  1:23");
}

TEST_CASE("no width is exceeded, whatever the figures and however wide the name") {
    constexpr std::uint64_t most = ~std::uint64_t{0};
    for (const std::string_view name : {"a", "日本語の写真のとても長い名前です.jpg", "photo.jpg"})
        for (const std::uint64_t done : {std::uint64_t{0}, std::uint64_t{1}, most})
            for (const std::optional<std::uint64_t> total : {std::optional<std::uint64_t>(), {0}, {1}, {most}})
                for (const std::optional<double> rate : {std::optional<double>(), {0.0}, {1e-9}, {1e18}})
                    for (std::size_t width = 0; width < 120; ++width) {
                        const TransferFigures figures{.name = name, .done = done, .total = total, .rate = rate, .elapsed = 1000h};
                        REQUIRE(columns_of(progress_text(figures, width)) <= width);
                    }
}

TEST_CASE("times read as a clock") {
    CHECK(clock_text(0s) == "0:00");
    CHECK(clock_text(9999ms) == "0:09");
    CHECK(clock_text(754s) == "12:34");
    CHECK(clock_text(3723s) == "1:02:03");
    CHECK(clock_text(1000h) == "99:59:59");
    CHECK(clock_text(-1s) == "0:00");
}

TEST_CASE("the rate is that of the last seconds") {
    ManualClock clock;
    Speed speed(clock.now(), 1000);  // what an earlier download left is no speed
    CHECK_FALSE(speed.rate().has_value());
    std::uint64_t done = 1000;
    for (int i = 0; i < 100; ++i) {
        clock.advance(100ms);
        speed.update(clock.now(), done += 100);
        if (i == 0) CHECK_FALSE(speed.rate().has_value());
        if (i >= 3) CHECK(*speed.rate() == doctest::Approx(1000).epsilon(0.001));
    }
    clock.advance(4s);
    speed.update(clock.now(), done);
    CHECK(*speed.rate() < 500);
    for (int i = 0; i < 40; ++i) {
        clock.advance(100ms);
        speed.update(clock.now(), done);
    }
    CHECK(*speed.rate() == 0.0);
}
