// SPDX-License-Identifier: MIT
#include "store/recent_names.hpp"

#include <doctest/doctest.h>

#include <string>

#include "../serve/dying.hpp"

using namespace filesrv;
using namespace filesrv::store;

TEST_CASE("a name is known until another takes its slot") {
    RecentNames names(1);
    CHECK_FALSE(names.may_contain("a"));
    names.remember("a");
    CHECK(names.may_contain("a"));
    CHECK_FALSE(names.may_contain("b"));
    names.remember("b");
    CHECK(names.may_contain("b"));
    CHECK_FALSE(names.may_contain("a"));
}

TEST_CASE("as many names as a busy folder has are known at once, give or take") {
    RecentNames names;
    for (int i = 0; i < 1000; ++i) names.remember("folder/name" + std::to_string(i));
    int known = 0;
    int mistaken = 0;
    for (int i = 0; i < 1000; ++i) {
        known += names.may_contain("folder/name" + std::to_string(i)) ? 1 : 0;
        mistaken += names.may_contain("other/name" + std::to_string(i)) ? 1 : 0;
    }
    CHECK(known > 900);
    CHECK(mistaken == 0);
}

TEST_CASE("the number of slots is a power of two") {
    CHECK(test::aborts([] { const RecentNames names(3); }));
    CHECK(test::aborts([] { const RecentNames names(0); }));
}
