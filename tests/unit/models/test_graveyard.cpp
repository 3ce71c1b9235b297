// SPDX-License-Identifier: MIT
// Closed connections on their way back: the real graveyard and lease word, every order of closing, events and new comers.
//
// What is modelled: Reactor::turn() with recycle_closed(), a poll that fetches events, their dispatch to
// Connection::on_ready(), and accept_from() that opens a new connection in a free slot; and workers that close as
// Connection::close_now() and settle_step() do: the descriptor first, then the grave. The kernel tells nothing of a
// descriptor that is closed, but what a poll has fetched it cannot take back.
#include <doctest/doctest.h>

#include <vector>

#include "explorer.hpp"
#include "goes_wrong.hpp"
#include "serve/graveyard.hpp"
#include "serve/lease_word.hpp"
#include "weak_memory.hpp"

using namespace filesrv::serve;
using namespace filesrv::test;

namespace {

/// What is left out or swapped.
enum class Mutation { none, recycles_within_the_batch, buries_before_it_closes, gives_back_before_it_buries };

struct Slot {
    BasicLeaseWord<ModelAtomic> word;
    Plain<int> tenant;         ///< which connection lives here; 0 = none
    bool is_registered = false;  ///< the kernel's: it may tell of the tenant
    int registered_tenant = 0;
    Plain<Slot*> next_closed;
};

struct Event {
    Slot* slot;
    int tenant;
};

class Model {
public:
    explicit Model(Mutation mutation) : mutation_(mutation) {
        for (Slot& slot : slots_) free_.push_back(&slot);
    }

    void reactor(int turns) {
        admit();
        admit();
        for (int i = 0; i < turns; ++i) turn();
        closing_.close();
    }

    /// A worker ends every connection that it is handed.
    void worker() {
        for (Slot* slot = nullptr; closing_.take(slot);) {
            (void)slot->tenant.read();
            if (mutation_ == Mutation::buries_before_it_closes) {
                graveyard_.bury(*slot);
                close(*slot);
            } else {
                close(*slot);
                if (mutation_ == Mutation::gives_back_before_it_buries) (void)slot->word.try_give_back();
                graveyard_.bury(*slot);
            }
        }
    }

    void end() {
        recycle();
        std::size_t open = 0;
        for (const Slot& slot : slots_) open += slot.is_registered ? 1 : 0;
        if (free_.size() + open != 2) find("slot lost");
    }

private:
    void turn() {
        recycle();
        std::vector<Event> batch = poll();
        if (mutation_ == Mutation::recycles_within_the_batch) recycle();
        // The listener is the first event of the batch: who comes takes a slot that is free.
        if (!free_.empty()) admit();
        for (const Event& event : batch) dispatch(event);
    }

    void recycle() {
        graveyard_.empty_into([this](Slot& slot) {
            slot.tenant.write(0);
            slot.word.reset();
            free_.push_back(&slot);
        });
    }

    std::vector<Event> poll() {
        step({.object = &kernel_});
        std::vector<Event> batch;
        for (Slot& slot : slots_) {
            if (slot.is_registered) batch.push_back({.slot = &slot, .tenant = slot.registered_tenant});
        }
        return batch;
    }

    void admit() {
        Slot& slot = *free_.back();
        free_.pop_back();
        slot.tenant.write(++comers_);
        step({.object = &kernel_});
        slot.is_registered = true;
        slot.registered_tenant = comers_;
    }

    void dispatch(const Event& event) {
        if (!event.slot->word.on_edge()) return;
        if (event.slot->tenant.read() != event.tenant) find("an event of one connection met another");
        closing_.give(event.slot);
    }

    void close(Slot& slot) {
        step({.object = &kernel_});
        slot.is_registered = false;
    }

    const Mutation mutation_;
    Slot slots_[2];
    Graveyard<Slot, ModelAtomic> graveyard_;
    Handover<Slot*> closing_;
    std::vector<Slot*> free_;  ///< the reactor's
    int kernel_ = 0;
    int comers_ = 0;
};

Exploration explore_closing(int turns, int workers, Mutation mutation, ChangeOrder change = nullptr) {
    return explore([=] {
        WeakMemory memory(change);
        Model model(mutation);
        for (int i = 0; i < workers; ++i) memory.begin([&] { model.worker(); });
        memory.begin([&, turns] { model.reactor(turns); });
        memory.end_all();
        model.end();
    });
}

}  // namespace

TEST_CASE("no event meets a connection that came after the one it was for, and no slot is lost") {
    const Exploration result = explore_closing(2, 2, Mutation::none);
    CHECK(result.finding == "");
    CHECK(result.is_whole);
    CHECK(result.runs > 10000);
}

TEST_CASE("three turns and two workers" * doctest::skip()) {
    const Exploration result = explore_closing(3, 2, Mutation::none);
    CHECK(result.finding == "");
    CHECK(result.is_whole);
    CHECK(result.runs > 10000);
}

TEST_CASE("the order of closing, burying and recycling is needed") {
    for (const Mutation mutation : {Mutation::recycles_within_the_batch, Mutation::buries_before_it_closes,
                                    Mutation::gives_back_before_it_buries}) {
        CAPTURE(static_cast<int>(mutation));
        CHECK(goes_wrong([=] { return explore_closing(2, 1, mutation); }));
    }
}

TEST_CASE("the graveyard's memory orders are needed") {
    const ChangeOrder changes[] = {
        [](Access access, std::memory_order asked) {
            return access == Access::compare_exchange && asked == std::memory_order_release ? std::memory_order_relaxed : asked; },
        [](Access access, std::memory_order asked) { return access == Access::exchange ? std::memory_order_relaxed : asked; },
    };
    for (const ChangeOrder change : changes) CHECK(goes_wrong([=] { return explore_closing(2, 1, Mutation::none, change); }));
}
