// SPDX-License-Identifier: MIT
// Figures as text and back while memory runs out: nothing on the way may take some where it must not fail.
#include <new>

#include <doctest/doctest.h>

#include "../../support/scarce_memory.hpp"
#include "observe/lifetime.hpp"
#include "observe/snapshot.hpp"

using namespace filesrv::observe;
using filesrv::test::ScarceMemory;

namespace {

/// How many allocations it takes. Of each number below that it has thrown std::bad_alloc, or we would not be here.
std::size_t tries_until_done(const auto& deed) {
    for (std::size_t granted = 0;; ++granted) {
        const ScarceMemory scarce(granted);
        try {
            (void)deed();
            return granted;
        } catch (const std::bad_alloc&) {
            continue;
        }
    }
}

}  // namespace

TEST_CASE("a daemon that keeps its counters does not end because memory runs out meanwhile") {
    const Lifetime lifetime{.requests = 3, .by = {{"GET", 200, 2}, {"PUT", 201, 1}}, .last_exit_reason = "a reason that is not short"};
    const std::string text = to_json(lifetime);
    CHECK(tries_until_done([&] { return to_json(lifetime); }) > 0);
    CHECK(tries_until_done([&] { return parse_lifetime(text); }) > 0);
}

TEST_CASE("a daemon that is asked for its status does not end because memory runs out meanwhile") {
    const std::vector<ConnectionFacts> connections(3, {.peer = "127.0.0.1:65535, or longer", .target = "/\xc3\xa9", .transfer = TransferFacts{}});
    const std::string text = to_json(connections);
    CHECK(tries_until_done([] { return to_json(Snapshot{}); }) > 0);
    CHECK(tries_until_done([&] { return to_json(connections); }) > 0);
    CHECK(tries_until_done([&] { return parse_connections(text); }) > 0);
}
