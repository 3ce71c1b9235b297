// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>

#include <utility>

#include "serve/seats.hpp"

using namespace filesrv::serve;

TEST_CASE("no more seats are taken than there are, and each comes back once") {
    Seats seats(2);
    Seats::Seat first = seats.take();
    {
        const Seats::Seat second = seats.take();
        CHECK(first);
        CHECK(second);
        CHECK_FALSE(seats.take());
        CHECK(seats.free() == 0);
    }
    CHECK(seats.free() == 1);
    const Seats::Seat moved = std::move(first);
    CHECK(seats.free() == 1);
    CHECK(seats.take());
    CHECK(seats.free() == 1);
}
