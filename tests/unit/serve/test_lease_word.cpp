// SPDX-License-Identifier: MIT
// The lease word under every interleaving: a step machine whose steps are the real operations, searched exhaustively.
#include "serve/lease_word.hpp"

#include <doctest/doctest.h>

#include <array>
#include <atomic>
#include <set>
#include <string>
#include <thread>
#include <tuple>
#include <vector>

using namespace filesrv::serve;

namespace {

/// The protocol, and the shortcuts that the header's comments rule out.
enum class Variant { as_written, edge_trusts_a_load, retake_is_a_plain_store, retake_without_a_look };

constexpr int arrivals_max = 3;
enum class OwnerStep { none, look, give_back, retake };
enum class ReactorStep { wait, load, exchange };

/// The kernel, the reactor that turns its edges into leases, and two workers, between two steps.
struct World {
    LeaseState word = LeaseState::idle;
    LeaseState older = LeaseState::idle;  // what a load on a weak machine may still see
    bool store_buffered = false;          // a plain store that nobody else sees yet
    int arrived = 0;
    int consumed = 0;
    bool edge = false;
    ReactorStep reactor = ReactorStep::wait;
    LeaseState seen = LeaseState::idle;
    std::array<OwnerStep, 2> owners{OwnerStep::none, OwnerStep::none};

    auto key() const {
        return std::tuple(word, older, store_buffered, arrived, consumed, edge, reactor, seen, owners);
    }
};

class Search {
public:
    explicit Search(Variant variant) : variant_(variant) { visit(World{}); }

    std::size_t states() const { return known_.size(); }
    const std::set<std::string>& findings() const { return findings_; }

private:
    void visit(const World& world) {
        if (!known_.insert(world.key()).second) return;
        if ((world.owners[0] != OwnerStep::none) && (world.owners[1] != OwnerStep::none)) findings_.insert("two owners");
        const std::size_t moves_before = moves_;
        kernel(world);
        reactor(world);
        for (std::size_t i = 0; i < world.owners.size(); ++i) owner(world, i);
        if (world.store_buffered) go(flushed(world));
        const bool quiet = moves_ == moves_before;
        if (quiet && world.consumed != world.arrived) findings_.insert("edge lost");
        if (quiet && world.word != LeaseState::idle) findings_.insert("lease kept");
    }

    void go(const World& next) {
        ++moves_;
        const std::size_t mine = moves_;
        visit(next);
        moves_ = mine;  // moves further down are not this state's
    }

    static World flushed(World world) {
        world.store_buffered = false;
        write(world, LeaseState::leased);
        return world;
    }

    static void write(World& world, LeaseState value) {
        if (value == world.word) return;
        world.older = world.word;
        world.word = value;
    }

    void kernel(World world) {
        if (world.arrived == arrivals_max) return;
        ++world.arrived;
        world.edge = true;
        go(world);
    }

    void reactor(World world) {
        switch (world.reactor) {
            case ReactorStep::wait:
                if (!world.edge) return;
                world.edge = false;
                world.reactor = ReactorStep::load;
                go(world);
                return;
            case ReactorStep::load:
                for (const LeaseState value : {world.word, world.older}) load(world, value);
                return;
            case ReactorStep::exchange: exchange(world); return;
        }
    }

    void load(World world, LeaseState value) {
        world.seen = value;
        const bool leaves = variant_ == Variant::edge_trusts_a_load && value == LeaseState::pending;
        world.reactor = leaves ? ReactorStep::wait : ReactorStep::exchange;
        go(world);
    }

    void exchange(World world) {
        LeaseWord word(world.word);
        const bool filed = word.try_edge(world.seen);
        write(world, word.state());
        if (!filed) return go(world);
        world.reactor = ReactorStep::wait;
        if (world.seen != LeaseState::idle) return go(world);
        for (std::size_t i = 0; i < world.owners.size(); ++i) {
            if (world.owners[i] != OwnerStep::none) {
                findings_.insert("two owners");
                continue;
            }
            World next = world;
            next.owners[i] = OwnerStep::look;
            go(next);
        }
    }

    void owner(World world, std::size_t i) {
        switch (world.owners[i]) {
            case OwnerStep::none: return;
            case OwnerStep::look:
                world.consumed = world.arrived;
                world.owners[i] = OwnerStep::give_back;
                return go(world);
            case OwnerStep::give_back: return give_back(world, i);
            case OwnerStep::retake: return retake(world, i);
        }
    }

    void give_back(World world, std::size_t i) {
        if (world.store_buffered) return;  // a read-modify-write sees the thread's own store: it must come out first
        LeaseWord word(world.word);
        world.owners[i] = word.try_give_back() ? OwnerStep::none : OwnerStep::retake;
        write(world, word.state());
        go(world);
    }

    void retake(World world, std::size_t i) {
        world.owners[i] = variant_ == Variant::retake_without_a_look ? OwnerStep::give_back : OwnerStep::look;
        if (variant_ == Variant::retake_is_a_plain_store) {
            world.store_buffered = true;
        } else {
            LeaseWord word(world.word);
            word.retake();
            write(world, word.state());
        }
        go(world);
    }

    const Variant variant_;
    std::size_t moves_ = 0;
    std::set<decltype(World{}.key())> known_;
    std::set<std::string> findings_;
};

}  // namespace

TEST_CASE("no interleaving of three edges and two owners loses an edge or makes two owners") {
    const Search search(Variant::as_written);
    CHECK(search.findings().empty());
    CHECK(search.states() > 200);  // it did search
}

TEST_CASE("the search finds what each shortcut would break") {
    for (const Variant variant : {Variant::edge_trusts_a_load, Variant::retake_is_a_plain_store, Variant::retake_without_a_look}) {
        CAPTURE(static_cast<int>(variant));
        CHECK(Search(variant).findings().contains("edge lost"));
    }
}

TEST_CASE("an edge does to each state what the table says") {
    CHECK(after_edge(LeaseState::idle) == LeaseState::leased);
    CHECK(after_edge(LeaseState::leased) == LeaseState::pending);
    CHECK(after_edge(LeaseState::pending) == LeaseState::pending);
    LeaseWord word;
    CHECK(word.on_edge());
    CHECK_FALSE(word.on_edge());
    CHECK_FALSE(word.on_edge());
    CHECK_FALSE(word.try_give_back());
    CHECK(word.state() == LeaseState::pending);
    word.retake();
    CHECK(word.try_give_back());
    CHECK(word.state() == LeaseState::idle);
}

TEST_CASE("taking without an edge leaves no mark on a connection that somebody has") {
    LeaseWord word;
    CHECK(word.try_take());
    CHECK_FALSE(word.try_take());
    CHECK(word.state() == LeaseState::leased);
    CHECK(word.try_give_back());
}

TEST_CASE("a closed connection keeps its word leased until the slot is recycled") {
    LeaseWord word;
    REQUIRE(word.on_edge());
    CHECK_FALSE(word.on_edge());  // an edge that was on its way when the owner closed
    word.reset();
    CHECK(word.state() == LeaseState::idle);
}

namespace {

/// One connection: `consumed` belongs to whoever has the lease, and only the word orders its owners.
struct Shared {
    LeaseWord word;
    std::atomic<unsigned> arrived{0};  // relaxed: the word must carry it
    std::atomic<bool> handed{false};
    std::atomic<bool> stop{false};
    unsigned consumed = 0;
    unsigned looks = 0;
};

void own(Shared& shared) {
    for (;;) {
        shared.consumed = shared.arrived.load(std::memory_order_relaxed);
        ++shared.looks;
        if (shared.word.try_give_back()) return;
        shared.word.retake();
    }
}

void worker(Shared& shared) {
    while (!shared.stop.load(std::memory_order_acquire)) {
        if (shared.handed.exchange(false, std::memory_order_acq_rel)) {
            own(shared);
        } else {
            std::this_thread::yield();
        }
    }
}

}  // namespace

TEST_CASE("two workers and a reactor at full speed lose nothing") {
    constexpr unsigned edges = 30'000;
    Shared shared;
    std::vector<std::thread> workers;
    for (int i = 0; i < 2; ++i) workers.emplace_back([&] { worker(shared); });
    for (unsigned i = 0; i < edges; ++i) {
        shared.arrived.fetch_add(1, std::memory_order_relaxed);
        if (shared.word.on_edge()) shared.handed.store(true, std::memory_order_release);
        if (i % 8 == 0) std::this_thread::yield();  // so that give backs and edges meet
    }
    while (!shared.word.try_take()) std::this_thread::yield();
    CHECK(shared.consumed == edges);
    CHECK(shared.looks > 0);
    shared.stop.store(true, std::memory_order_release);
    for (std::thread& thread : workers) thread.join();
}
