// SPDX-License-Identifier: MIT
#include "serve/pool_growth.hpp"

#include <doctest/doctest.h>

using namespace filesrv::serve;
using namespace std::chrono_literals;

TEST_CASE("the pool grows as the table says") {
    struct Row {
        const char* what;
        PoolFigures figures;
        PoolBounds bounds;
        std::size_t begun;
    };
    const Row rows[] = {
        {"nothing waits", {.waiting = 0, .total = 2, .busy = 2, .marked = 2, .oldest_wait = 9ms}, {256, 2}, 0},
        {"two milliseconds are patience", {.waiting = 9, .total = 2, .busy = 2, .marked = 2, .oldest_wait = 2ms}, {256, 2}, 0},
        {"all blocked", {.waiting = 9, .total = 2, .busy = 2, .marked = 2, .oldest_wait = 3ms}, {256, 2}, 9},
        {"a batch has a limit", {.waiting = 49, .total = 2, .busy = 2, .marked = 2, .oldest_wait = 3ms}, {256, 2}, 16},
        {"newborns take jobs too", {.waiting = 20, .total = 18, .newborn = 16, .busy = 2, .marked = 2, .oldest_wait = 3ms}, {256, 2}, 4},
        {"enough newborns", {.waiting = 16, .total = 18, .newborn = 16, .busy = 2, .marked = 2, .oldest_wait = 3ms}, {256, 2}, 0},
        {"computing on every core", {.waiting = 9, .total = 2, .busy = 2, .marked = 0, .oldest_wait = 1s}, {256, 2}, 0},
        {"one computes, one blocks", {.waiting = 9, .total = 2, .busy = 2, .marked = 1, .oldest_wait = 3ms}, {256, 2}, 9},
        {"two compute, many block", {.waiting = 9, .total = 40, .busy = 40, .marked = 38, .oldest_wait = 3ms}, {256, 2}, 0},
        {"nobody blocks: up to the cores", {.waiting = 99, .total = 2, .busy = 2, .marked = 0, .oldest_wait = 3ms}, {256, 8}, 6},
        {"newborns count towards the cores", {.waiting = 99, .total = 8, .newborn = 6, .busy = 2, .marked = 0, .oldest_wait = 3ms}, {256, 8}, 0},
        {"room for three", {.waiting = 9, .total = 5, .busy = 5, .marked = 5, .oldest_wait = 3ms}, {8, 2}, 3},
        {"full", {.waiting = 9, .total = 8, .busy = 8, .marked = 8, .oldest_wait = 1s}, {8, 2}, 0},
        {"a mark newer than the busy count", {.waiting = 1, .total = 3, .busy = 2, .marked = 3, .oldest_wait = 3ms}, {256, 1}, 1},
        {"a clock that is behind", {.waiting = 1, .total = 2, .busy = 2, .marked = 2, .oldest_wait = -5ms}, {256, 2}, 0},
    };
    for (const Row& row : rows) {
        CAPTURE(row.what);
        CHECK(workers_to_begin(row.figures, row.bounds) == row.begun);
    }
}

TEST_CASE("for all small figures the bounds hold, and a blocked pool never stands still") {
    for (std::size_t total = 0; total <= 6; ++total)
        for (std::size_t busy = 0; busy <= total; ++busy)
            for (std::size_t newborn = 0; newborn + busy <= total; ++newborn)
                for (std::size_t marked = 0; marked <= busy; ++marked)
                    for (std::size_t waiting = 0; waiting <= 20; ++waiting) {
                        const std::size_t begun = workers_to_begin(
                            {.waiting = waiting, .total = total, .newborn = newborn, .busy = busy, .marked = marked, .oldest_wait = 3ms},
                            {.workers_max = 6, .cores = 2});
                        REQUIRE(total + begun <= 6);
                        REQUIRE((begun == 0 || busy - marked < 2));
                        REQUIRE((marked > 0 || begun == 0 || busy + newborn + begun <= 2));
                        if (marked == busy && busy > 0 && waiting > newborn && total < 6) REQUIRE(begun > 0);
                    }
}
