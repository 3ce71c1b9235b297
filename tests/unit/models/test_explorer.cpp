// SPDX-License-Identifier: MIT
// The explorer itself: that it sees every order, and what a weak machine does.
#include "explorer.hpp"

#include <doctest/doctest.h>

#include <set>
#include <string>

#include "weak_memory.hpp"

using namespace filesrv::test;

namespace {

/// What two loads brought in each run of a scenario of two threads.
template <class First, class Second>
std::set<std::string> outcomes(First first, Second second) {
    std::set<std::string> seen;
    const Exploration result = explore([&] {
        WeakMemory memory;
        ModelAtomic<int> x;
        ModelAtomic<int> y;
        int one = 0;
        int other = 0;
        memory.begin([&] { one = first(x, y); });
        memory.begin([&] { other = second(x, y); });
        memory.end_all();
        seen.insert(std::to_string(one) + std::to_string(other));
    });
    CHECK(result.is_whole);
    return seen;
}

constexpr auto relaxed = std::memory_order_relaxed;
constexpr auto acquire = std::memory_order_acquire;
constexpr auto release = std::memory_order_release;

}  // namespace

TEST_CASE("every order of two threads is run, and none twice") {
    std::multiset<std::string> seen;
    const Exploration result = explore([&] {
        std::string order;
        const auto body = [&order](char mark) {
            for (int i = 0; i < 2; ++i) {
                step({.object = &order});
                order += mark;
            }
        };
        spawn([&] { body('a'); });
        spawn([&] { body('b'); });
        wait_for_all();
        seen.insert(order);
    });
    CHECK(result.is_whole);
    const std::set<std::string> all(seen.begin(), seen.end());
    CHECK(all == std::set<std::string>{"aabb", "abab", "abba", "baab", "baba", "bbaa"});
}

TEST_CASE("steps on different objects are run in one order only") {
    const Exploration result = explore([] {
        for (int i = 0; i < 3; ++i) {
            spawn([] {
                int own = 0;
                for (int n = 0; n < 3; ++n) step({.object = &own});
            });
        }
        wait_for_all();
    });
    CHECK(result.is_whole);
    CHECK(result.runs < 100);  // 9! / 3!^3 = 1680 orders
}

TEST_CASE("threads that wait for each other are found") {
    const Exploration result = explore([] {
        int turn = 0;
        spawn([&turn] { step_when({.object = &turn}, [&turn] { return turn == 1; }); });
        wait_for_all();
    });
    CHECK(result.finding == "nobody can go on");
}

TEST_CASE("two threads may both miss what the other has stored") {  // store buffering
    const auto seen = outcomes([](auto& x, auto& y) { x.store(1, release); return y.load(acquire); },
                               [](auto& x, auto& y) { y.store(1, release); return x.load(acquire); });
    CHECK(seen == std::set<std::string>{"00", "01", "10", "11"});
}

TEST_CASE("what a flag tells of is there, with release and acquire only") {  // message passing
    const auto told = [](std::memory_order give, std::memory_order take) {
        return outcomes([give](auto& x, auto& y) { x.store(1, relaxed); y.store(1, give); return 0; },
                        [take](auto& x, auto& y) { return y.load(take) == 0 ? 2 : x.load(relaxed); });
    };
    CHECK(told(release, acquire) == std::set<std::string>{"01", "02"});
    CHECK(told(relaxed, acquire) == std::set<std::string>{"00", "01", "02"});
    CHECK(told(release, relaxed) == std::set<std::string>{"00", "01", "02"});
}

TEST_CASE("read-modify-writes see the newest value, and one location never runs backwards") {
    const auto added = outcomes([](auto& x, auto&) { return x.fetch_add(1, relaxed); },
                                [](auto& x, auto&) { return x.fetch_add(1, relaxed); });
    CHECK(added == std::set<std::string>{"01", "10"});
    const auto read = outcomes([](auto& x, auto&) { x.store(1, relaxed); return 0; },
                               [](auto& x, auto&) { const int first = x.load(relaxed); return 2 * first + x.load(relaxed); });
    CHECK(read == std::set<std::string>{"00", "01", "03"});  // never 1, then 0
}

TEST_CASE("a plain variable that nothing orders is a race, and one that a flag orders is none") {
    const auto finding = [](std::memory_order give) {
        return explore([give] {
            WeakMemory memory;
            Plain<int> data;
            ModelAtomic<int> flag;
            memory.begin([&] { data.write(1); flag.store(1, give); });
            memory.begin([&] { if (flag.load(acquire) == 1 && data.read() != 1) find("old"); });
            memory.end_all();
        }).finding;
    };
    CHECK(finding(release) == "");
    CHECK(finding(relaxed) == "data race");
}
