// SPDX-License-Identifier: MIT
// Counters of threads that come and go: exact sums, and never an end without its beginning.
#include "serve/counters.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <set>
#include <thread>
#include <vector>

#include "dying.hpp"

using namespace filesrv::serve;

TEST_CASE("what a thread counted stays when it leaves, and the next one counts on") {
    CounterRegistry registry;
    Counters& first = registry.lend();
    first.requests_begun.add(3);
    first.requests_ended.add(2);
    first.bytes_sent.add(1'000'000'000'000);
    first.last_end_ns = 7;
    registry.give_back(first);
    Counters& again = registry.lend();
    CHECK(&again == &first);
    Counters& other = registry.lend();
    CHECK(&other != &first);
    again.requests_begun.add();
    other.leases_taken.add(5);
    other.leases_returned.add(4);
    other.bytes_received.add(9);
    other.last_end_ns = 5;
    const Totals totals = registry.sum();
    CHECK(totals.requests_begun == 4);
    CHECK(totals.requests_ended == 2);
    CHECK(totals.leases_taken == 5);
    CHECK(totals.leases_returned == 4);
    CHECK(totals.bytes_sent == 1'000'000'000'000);
    CHECK(totals.bytes_received == 9);
    CHECK(totals.last_end_ns == 7);
}

TEST_CASE("nobody's counters are lent to two") {
    CounterRegistry registry;
    std::vector<Counters*> lent;
    for (int i = 0; i < 300; ++i) lent.push_back(&registry.lend());
    CHECK(std::set(lent.begin(), lent.end()).size() == lent.size());
    for (const Counters* one : lent) CHECK(reinterpret_cast<std::uintptr_t>(one) % 128 == 0);
    for (Counters* one : lent) registry.give_back(*one);
    std::vector<Counters*> again;
    for (int i = 0; i < 300; ++i) again.push_back(&registry.lend());
    std::ranges::sort(lent);
    std::ranges::sort(again);
    CHECK(again == lent);
}

TEST_CASE("counters given back twice stop the program") {
    CounterRegistry registry;
    Counters& counters = registry.lend();
    registry.give_back(counters);
    CHECK(filesrv::test::aborts([&] { registry.give_back(counters); }));
}

TEST_CASE("with threads at work no reading has more ends than beginnings, and the last sum is exact") {
    constexpr std::uint64_t threads = 4;
    constexpr std::uint64_t visits = 50;
    constexpr std::uint64_t requests = 100;
    CounterRegistry registry;
    std::atomic<bool> over = false;
    std::thread reader([&] {
        Totals before;
        while (!over) {
            const Totals now = registry.sum();
            CHECK(now.requests_ended <= now.requests_begun);
            CHECK(now.leases_returned <= now.leases_taken);
            CHECK(now.requests_begun >= before.requests_begun);
            CHECK(now.requests_ended >= before.requests_ended);
            before = now;
        }
    });
    std::vector<std::thread> working;
    for (std::uint64_t i = 0; i < threads; ++i) {
        working.emplace_back([&registry] {
            for (std::uint64_t visit = 0; visit < visits; ++visit) {
                Counters& mine = registry.lend();
                for (std::uint64_t request = 0; request < requests; ++request) {
                    mine.leases_taken.add();
                    mine.requests_begun.add();
                    mine.bytes_sent.add(10);
                    mine.requests_ended.add();
                    mine.leases_returned.add();
                }
                registry.give_back(mine);
            }
        });
    }
    for (std::thread& one : working) one.join();
    over = true;
    reader.join();
    const Totals totals = registry.sum();
    CHECK(totals.requests_begun == threads * visits * requests);
    CHECK(totals.requests_ended == totals.requests_begun);
    CHECK(totals.leases_taken == totals.requests_begun);
    CHECK(totals.leases_returned == totals.requests_begun);
    CHECK(totals.bytes_sent == 10 * totals.requests_begun);
}
