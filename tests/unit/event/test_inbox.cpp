// SPDX-License-Identifier: MIT
// Messages from other threads: order, and no lost wake-up.
#include <doctest/doctest.h>

#include <array>
#include <deque>
#include <set>
#include <thread>
#include <tuple>
#include <vector>

#include "event/inbox.hpp"
#include "event/loop.hpp"
#include "os/clock.hpp"

using namespace filesrv;
using namespace filesrv::event;
using namespace std::chrono_literals;

namespace {

struct Note final : Message {
    std::vector<int>* log = nullptr;
    int number = 0;
    Inbox* again = nullptr;  ///< posts itself once more

    void deliver() noexcept override {
        log->push_back(number);
        if (Inbox* inbox = std::exchange(again, nullptr)) inbox->post(*this);
    }
};

/// The protocol of inbox.cpp in small: two producers of one message each and a loop that sleeps when it may.
/// Every step is one atomic operation.
struct Protocol {
    enum class Word { null, asleep, messages };
    enum class Loop { prepare, poll, woke, clear, drain };

    Word word = Word::null;
    int queued = 0;
    int delivered = 0;
    bool descriptor = false;  ///< readable
    Loop loop = Loop::prepare;
    bool may_sleep = false;
    std::array<int, 2> producer{};  ///< 0 = has not pushed, 1 = pushed and must wake, 2 = done

    auto operator<=>(const Protocol&) const = default;

    void push(int who) {
        producer[who] = word == Word::asleep ? 1 : 2;
        word = Word::messages;
        ++queued;
    }

    /// False where the loop sleeps on.
    bool step_loop() {
        switch (loop) {
        case Loop::prepare:
            may_sleep = word != Word::messages;
            if (may_sleep) word = Word::asleep;
            loop = Loop::poll;
            return true;
        case Loop::poll:
            if (may_sleep && !descriptor) return false;
            loop = Loop::woke;
            return true;
        case Loop::woke:
            if (word == Word::asleep) word = Word::null;
            loop = Loop::clear;
            return true;
        case Loop::clear:
            descriptor = false;
            loop = Loop::drain;
            return true;
        case Loop::drain:
            if (word == Word::messages) word = Word::null;
            delivered += std::exchange(queued, 0);
            loop = Loop::prepare;
            return true;
        }
        return false;
    }
};

}  // namespace

TEST_CASE("in no interleaving does the loop sleep on a message") {
    std::set<Protocol> known{Protocol{}};
    std::deque<Protocol> open{Protocol{}};
    int quiet = 0;
    while (!open.empty()) {
        const Protocol state = open.front();
        open.pop_front();
        std::vector<Protocol> next;
        for (int who = 0; who < 2; ++who) {
            Protocol after = state;
            if (state.producer[who] == 0) after.push(who);
            if (state.producer[who] == 1) {
                after.descriptor = true;
                after.producer[who] = 2;
            }
            if (after != state) next.push_back(after);
        }
        if (Protocol after = state; after.step_loop()) next.push_back(after);
        // Nobody can move: everything must have arrived.
        if (next.empty()) {
            CHECK(state.delivered == 2);
            ++quiet;
        }
        for (const Protocol& after : next) {
            if (known.insert(after).second) open.push_back(after);
        }
    }
    CHECK(quiet > 0);
    CHECK(known.size() > 50);
}

TEST_CASE("messages arrive oldest first") {
    Inbox inbox(os::Wakeup::create().value());
    std::vector<int> log;
    std::array<Note, 5> notes;
    for (int i = 0; i < 5; ++i) {
        notes[i].log = &log;
        notes[i].number = i;
        inbox.post(notes[i]);
    }
    inbox.drain();
    CHECK(log == std::vector{0, 1, 2, 3, 4});
    inbox.drain();
    CHECK(log.size() == 5);
}

TEST_CASE("what is posted by a delivery waits for the next drain") {
    Inbox inbox(os::Wakeup::create().value());
    std::vector<int> log;
    Note note;
    note.log = &log;
    note.again = &inbox;
    inbox.post(note);
    inbox.drain();
    CHECK(log.size() == 1);
    CHECK_FALSE(inbox.prepare_to_sleep());
    inbox.drain();
    CHECK(log.size() == 2);
    CHECK(inbox.prepare_to_sleep());
}

TEST_CASE("only the first post to a sleeping loop makes the descriptor readable") {
    Poller poller = Poller::create().value();
    Inbox inbox(os::Wakeup::create().value());
    REQUIRE(poller.add(inbox.fd(), Interest::level_read, inbox));
    std::array<Event, 8> buffer;
    std::vector<int> log;
    std::array<Note, 3> notes;
    for (Note& note : notes) note.log = &log;

    inbox.post(notes[0]);
    CHECK(poller.wait(Duration::zero(), buffer).empty());  // awake: it will look by itself
    inbox.drain();
    REQUIRE(inbox.prepare_to_sleep());
    inbox.post(notes[1]);
    inbox.post(notes[2]);
    const auto batch = poller.wait(std::nullopt, buffer);
    REQUIRE(batch.size() == 1);
    inbox.woke();
    batch[0].watch->on_ready(batch[0].ready);
    CHECK(poller.wait(Duration::zero(), buffer).empty());
    inbox.drain();
    CHECK(log.size() == 3);
}

TEST_CASE("threads post, the loop sleeps without limit, and everything arrives in each thread's order") {
    constexpr int threads = 3;
    constexpr int rounds = 20'000;
    const os::SystemClock clock;
    auto loop = Loop::create(clock).value();
    std::array<std::vector<int>, threads> logs;
    std::array<std::vector<Note>, threads> notes;
    for (int who = 0; who < threads; ++who) {
        notes[who] = std::vector<Note>(rounds);
        for (int i = 0; i < rounds; ++i) {
            notes[who][i].log = &logs[who];
            notes[who][i].number = i;
        }
    }
    {
        std::vector<std::jthread> producers;
        for (int who = 0; who < threads; ++who) {
            producers.emplace_back([&, who] {
                for (int i = 0; i < rounds; ++i) {
                    loop->inbox().post(notes[who][i]);
                    if (i % (who + 2) == 0) std::this_thread::yield();  // lets the loop fall asleep now and then
                }
            });
        }
        const auto arrived = [&] {
            std::size_t sum = 0;
            for (const auto& log : logs) sum += log.size();
            return sum;
        };
        while (arrived() < threads * rounds) loop->turn();
    }
    for (const auto& log : logs) {
        for (int i = 0; i < rounds; ++i) REQUIRE(log[i] == i);
    }
}
