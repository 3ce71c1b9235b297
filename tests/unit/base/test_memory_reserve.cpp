// SPDX-License-Identifier: MIT
#include "base/memory_reserve.hpp"

#include <doctest/doctest.h>

#include <new>

using namespace filesrv;

TEST_CASE("when memory runs out the reserve is given up once, and the next time the allocation fails") {
    const std::new_handler before = std::get_new_handler();
    renew_memory_reserve();  // there is none to renew yet
    CHECK((std::get_new_handler() == before));

    hold_memory_reserve();
    const std::new_handler out_of_memory = std::get_new_handler();
    REQUIRE((out_of_memory != before));
    CHECK_NOTHROW(out_of_memory());  // operator new tries again
    CHECK_THROWS_AS(out_of_memory(), std::bad_alloc);

    renew_memory_reserve();
    renew_memory_reserve();
    CHECK_NOTHROW(out_of_memory());
    CHECK_THROWS_AS(out_of_memory(), std::bad_alloc);
    std::set_new_handler(before);
}
