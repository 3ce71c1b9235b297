// SPDX-License-Identifier: MIT
// The inbox's word as it was built, between producers and a loop that sleeps: every order of their steps.
//
// What is modelled: Inbox::post() with its wake, and Loop::turn(): prepare to sleep, poll, woke, clear, drain. The
// descriptor is readable from a wake to the next clear; a poll may end without it, too, as for a timer.
#include <doctest/doctest.h>

#include <array>

#include "event/inbox_word.hpp"
#include "explorer.hpp"
#include "goes_wrong.hpp"
#include "weak_memory.hpp"

using namespace filesrv::event;
using namespace filesrv::test;

namespace {

/// What is left out or swapped.
enum class Mutation { none, never_wakes, sleeps_unasked, stays_asleep };

struct Node {
    Plain<Node*> next_;
    Plain<int> content;
};

class Model {
public:
    explicit Model(Mutation mutation) : mutation_(mutation) {}

    void post(std::size_t number) {
        nodes_[number].content.write(static_cast<int>(number) + 1);
        if (!word_.push(nodes_[number]) || mutation_ == Mutation::never_wakes) return;
        step({.object = &readable_});
        readable_ = true;
    }

    /// Until all has come.
    void loop(std::size_t expected, int early_ends) {
        while (received_ < expected) {
            const bool sleeps = word_.prepare_to_sleep() || mutation_ == Mutation::sleeps_unasked;
            if (sleeps) poll(early_ends);
            if (mutation_ != Mutation::stays_asleep) word_.woke();
            clear();
            drain();
        }
    }

private:
    void poll(int& early_ends) {
        if (early_ends > 0 && choose(2) == 1) {
            --early_ends;
            return;
        }
        step_when({.object = &readable_}, [this] { return readable_; });
    }

    void clear() {
        step({.object = &readable_});
        readable_ = false;
    }

    void drain() {
        for (Node* node = word_.take_all(); node != nullptr; ++received_) {
            Node* const before = node->next_.read();
            if (node->content.read() == 0) find("a message without its content");
            node->content.write(0);
            node = before;
        }
    }

    const Mutation mutation_;
    std::array<Node, 3> nodes_;
    InboxWord<Node, ModelAtomic> word_;
    bool readable_ = false;
    std::size_t received_ = 0;
};

Exploration explore_posts(std::size_t producers, int early_ends, Mutation mutation, ChangeOrder change = nullptr) {
    return explore([=] {
        WeakMemory memory(change);
        Model model(mutation);
        for (std::size_t i = 0; i < producers; ++i) memory.begin([&model, i] { model.post(i); });
        memory.begin([&model, producers, early_ends] { model.loop(producers, early_ends); });
        memory.end_all();
    });
}

}  // namespace

TEST_CASE("in no order does a message wait while the loop sleeps, or come twice") {
    struct Shape {
        std::size_t producers;
        int early_ends;
    };
    for (const auto [producers, early_ends] : {Shape{1, 1}, Shape{2, 0}}) {
        CAPTURE(producers);
        const Exploration result = explore_posts(producers, early_ends, Mutation::none);
        CHECK(result.finding == "");
        CHECK(result.is_whole);
        CHECK(result.runs > 300);
    }
}

TEST_CASE("each step of sleeping and waking is needed") {
    for (const Mutation mutation : {Mutation::never_wakes, Mutation::sleeps_unasked, Mutation::stays_asleep}) {
        CAPTURE(static_cast<int>(mutation));
        CHECK(goes_wrong([=] { return explore_posts(1, 1, mutation); }));
    }
}

TEST_CASE("the inbox's memory orders are needed") {
    const ChangeOrder changes[] = {
        [](Access access, std::memory_order asked) {
            return access == Access::compare_exchange && asked == std::memory_order_release ? std::memory_order_relaxed : asked; },
        [](Access access, std::memory_order asked) { return access == Access::exchange ? std::memory_order_relaxed : asked; },
    };
    for (const ChangeOrder change : changes) CHECK(goes_wrong([=] { return explore_posts(1, 0, Mutation::none, change); }));
}
