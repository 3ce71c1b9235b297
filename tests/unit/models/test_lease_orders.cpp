// SPDX-License-Identifier: MIT
// The lease word's memory orders: the real code in every order of its steps, on a machine as weak as C++ allows.
//
// What is modelled: a reactor that turns the kernel's edges into leases, the workers that own them, and a timer of the
// reactor's that takes the connection without an edge. `arrived` is what the socket holds: read and written relaxed, so
// only the word can carry it to who looks; the connection itself is a plain variable, which two at once may not touch.
#include <doctest/doctest.h>

#include "explorer.hpp"
#include "goes_wrong.hpp"
#include "serve/lease_word.hpp"
#include "weak_memory.hpp"

using namespace filesrv::serve;
using namespace filesrv::test;

namespace {

constexpr auto relaxed = std::memory_order_relaxed;

struct Connection {
    BasicLeaseWord<ModelAtomic> word;
    ModelAtomic<int> arrived;
    Plain<int> consumed;
    Handover<bool> handed;

    /// Connection::settle(): looks until nothing has come since the last look.
    void own() {
        for (;;) {
            consumed.write(arrived.load(relaxed));
            if (word.try_give_back()) return;
            word.retake();
        }
    }

    /// A worker of the pool.
    void work() {
        for (bool more = true; handed.take(more);) own();
    }

    /// Connection::on_ready().
    void edge() {
        arrived.fetch_add(1, relaxed);
        if (word.on_edge()) handed.give(true);
    }

    /// Reactor::look_at(): a timer, in the reactor's thread.
    void look() {
        if (!word.try_take()) return;
        (void)consumed.read();
        if (!word.try_give_back()) FS_UNREACHABLE("edges come from this very thread");
    }
};

Exploration explore_word(int edges, int workers, bool looks, ChangeOrder change = nullptr) {
    return explore([=] {
        WeakMemory memory(change);
        Connection connection;
        for (int i = 0; i < workers; ++i) memory.begin([&] { connection.work(); });
        memory.begin([&, edges, looks] {
            for (int i = 0; i < edges; ++i) connection.edge();
            if (looks) connection.look();
            connection.handed.close();
        });
        memory.end_all();
        if (connection.word.state() != LeaseState::idle) find("lease kept");
        if (connection.consumed.read() != edges) find("edge lost");
    });
}

}  // namespace

TEST_CASE("the lease word loses no edge and makes no second owner in any order on a weak machine") {
    const Exploration small = explore_word(2, 2, true);
    CHECK(small.finding == "");
    CHECK(small.is_whole);
    CHECK(small.runs > 1000);  // it did search
    const Exploration more = explore_word(3, 1, false);
    CHECK(more.finding == "");
    CHECK(more.is_whole);
    CHECK(more.runs > 1000);
}

TEST_CASE("three edges, two workers and a timer, in any order" * doctest::skip()) {
    const Exploration result = explore_word(3, 2, true, nullptr);
    CHECK(result.finding == "");
    CHECK(result.is_whole);
    CHECK(result.runs > 10000);
}

TEST_CASE("each memory order of the lease word is needed") {
    struct Case {
        const char* what;
        ChangeOrder change;
    };
    // By the order that the code asks for: an edge's compare-exchange is acq_rel, the give back's release, a take's acquire.
    const Case cases[] = {
        {"an edge does not acquire", [](Access access, std::memory_order asked) {
             return access == Access::compare_exchange && asked == std::memory_order_acq_rel ? std::memory_order_release : asked; }},
        {"an edge does not release", [](Access access, std::memory_order asked) {
             return access == Access::compare_exchange && asked == std::memory_order_acq_rel ? std::memory_order_acquire : asked; }},
        {"a give back does not release", [](Access access, std::memory_order asked) {
             return access == Access::compare_exchange && asked == std::memory_order_release ? relaxed : asked; }},
        {"a retake does not acquire", [](Access access, std::memory_order asked) {
             return access == Access::exchange ? std::memory_order_release : asked; }},
        {"a take does not acquire", [](Access access, std::memory_order asked) {
             return access == Access::compare_exchange && asked == std::memory_order_acquire ? relaxed : asked; }},
    };
    for (const Case& mutation : cases) {
        CAPTURE(mutation.what);
        CHECK(goes_wrong([&] { return explore_word(2, 2, true, mutation.change); }));
    }
}
