// SPDX-License-Identifier: MIT
#include "serve/slab.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cstdint>
#include <random>
#include <set>
#include <vector>

#include "dying.hpp"

using namespace filesrv::serve;

namespace {

struct Tally {
    int made = 0;
    int destroyed = 0;
};

/// Over-aligned, not movable, and it counts.
struct alignas(64) Thing {
    explicit Thing(Tally& counts) noexcept : tally(counts) { ++tally.made; }
    Thing(const Thing&) = delete;
    Thing& operator=(const Thing&) = delete;
    ~Thing() { ++tally.destroyed; }

    Tally& tally;
    int uses = 0;
};

constexpr auto per_block = static_cast<int>(Slab<Thing>::slots_per_block);

}  // namespace

TEST_CASE("slots are made a block at a time, reused last first, and destroyed with the slab only") {
    Tally tally;
    {
        Slab<Thing> slab;
        CHECK(tally.made == 0);
        Thing& first = slab.take(tally);
        CHECK(tally.made == per_block);
        first.uses = 1;
        slab.put_back(first);
        Thing& again = slab.take(tally);
        CHECK(&again == &first);
        CHECK(again.uses == 1);  // an object all along: neither destroyed nor made anew
        for (int i = 1; i < per_block; ++i) (void)slab.take(tally);
        CHECK(tally.made == per_block);
        (void)slab.take(tally);
        CHECK(tally.made == 2 * per_block);
        CHECK(slab.in_use() == Slab<Thing>::slots_per_block + 1);
        CHECK(tally.destroyed == 0);
    }
    CHECK(tally.destroyed == tally.made);
}

TEST_CASE("no slot is handed out twice, in any order of takes and returns") {
    Tally tally;
    Slab<Thing> slab;
    std::mt19937 random(1);
    std::vector<Thing*> taken;
    std::set<const Thing*> in_use;
    std::size_t peak = 0;
    for (int step = 0; step < 20'000; ++step) {
        if (taken.empty() || random() % 100 < (step / 2'000 % 2 == 0 ? 60u : 40u)) {
            Thing& slot = slab.take(tally);
            CHECK(reinterpret_cast<std::uintptr_t>(&slot) % alignof(Thing) == 0);
            REQUIRE(in_use.insert(&slot).second);
            taken.push_back(&slot);
        } else {
            std::swap(taken[random() % taken.size()], taken.back());
            in_use.erase(taken.back());
            slab.put_back(*taken.back());
            taken.pop_back();
        }
        peak = std::max(peak, taken.size());
        REQUIRE(slab.in_use() == in_use.size());
    }
    const std::size_t blocks = (peak + Slab<Thing>::slots_per_block - 1) / Slab<Thing>::slots_per_block;
    CHECK(static_cast<std::size_t>(tally.made) == blocks * Slab<Thing>::slots_per_block);
    CHECK(tally.destroyed == 0);
}

TEST_CASE("for_each sees every slot once, in use or not") {
    Tally tally;
    Slab<Thing> slab;
    slab.for_each([](Thing&) { FAIL("there is none yet"); });
    for (int i = 0; i < per_block + 1; ++i) ++slab.take(tally).uses;
    std::set<const Thing*> seen;
    int used = 0;
    slab.for_each([&](Thing& thing) {
        CHECK(seen.insert(&thing).second);
        used += thing.uses;
    });
    CHECK(seen.size() == 2 * Slab<Thing>::slots_per_block);
    CHECK(used == per_block + 1);
}

TEST_CASE("more slots put back than taken stop the program") {
    Tally tally;
    Slab<Thing> slab;
    Thing& slot = slab.take(tally);
    slab.put_back(slot);
    CHECK(filesrv::test::aborts([&] { slab.put_back(slot); }));
}
