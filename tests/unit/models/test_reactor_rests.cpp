// SPDX-License-Identifier: MIT
// The pause of all reactors but one as it was built, in every order of its critical sections, wakes and idle wakes.
//
// What is modelled: the others' turns: messages are delivered, then something is done that no pause may overlap. Their
// inboxes are real, and a delivery is one step here: test_inbox_wakes.cpp has what is inside.
#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <memory>
#include <new>
#include <span>
#include <vector>

#include "../store/uploading.hpp"
#include "explorer.hpp"
#include "goes_wrong.hpp"
#include "modelled_threads.hpp"
#include "serve/reactor.hpp"
#include "serve/reactor_pause.hpp"
#include "serve/server.hpp"

using namespace filesrv;
using namespace filesrv::serve;
using namespace filesrv::test;

namespace {

struct Shape {
    std::size_t others = 1;
    std::size_t pauses = 1;
    ThreadFault fault = ThreadFault::none;
    int idle_wakes = 1;
};

/// Made once: at the end of a run their inboxes are as empty as at its start. The server has not started, so that there is
/// no thread but this one.
class Idlers {
public:
    explicit Idlers(std::size_t count) : server_(Settings(), open_store(root_.path()), *AccessLog::open(AccessLogFormat::off, "")) {
        for (std::size_t i = 0; i < count; ++i) reactors_.push_back(std::move(*Reactor::create(server_, i, {})));
    }
    [[nodiscard]] std::span<const std::unique_ptr<Reactor>> first(std::size_t count) const { return std::span(reactors_).first(count); }
    [[nodiscard]] Reactor& operator[](std::size_t index) const { return *reactors_[index]; }

private:
    const TempFolder root_;
    Server server_;
    std::vector<std::unique_ptr<Reactor>> reactors_;
};

/// The thread of one of the other reactors.
class Other {
public:
    void turn_until_stopped(Reactor& reactor) {
        reactor.loop().adopt_thread();
        while (true) {
            step_when({.object = this}, [&reactor] { return has_mail(reactor.inbox()); });
            reactor.loop().deliver();
            if (stop_.has_come) return;
            step({.object = this});
            is_in_the_middle_ = true;
            step({.object = this});
            is_in_the_middle_ = false;
        }
    }
    void stop(Reactor& reactor) { reactor.inbox().post(stop_); }
    [[nodiscard]] bool is_in_the_middle() const noexcept { return is_in_the_middle_; }

private:
    struct Stop final : event::Message {
        void deliver() noexcept override { has_come = true; }
        bool has_come = false;
    };

    static bool has_mail(event::Inbox& inbox) noexcept {
        const bool is_empty = inbox.prepare_to_sleep();
        inbox.woke();
        return !is_empty;
    }

    bool is_in_the_middle_ = false;
    Stop stop_;
};

/// Memory of a pause that has gone: nobody may write there.
class Room {
public:
    void* take() noexcept { return bytes_.data(); }
    void poison() noexcept { bytes_.fill(mark); }
    [[nodiscard]] bool is_untouched() const noexcept {
        return std::ranges::all_of(bytes_, [](std::byte each) { return each == mark; });
    }

private:
    static constexpr std::byte mark{0xa5};
    alignas(ReactorPause) std::array<std::byte, sizeof(ReactorPause)> bytes_{};
};

void rest_and_go_on(const Idlers& reactors, const Shape& shape) {
    const ModelledThreads threads(shape.fault, shape.idle_wakes);
    std::array<Other, 2> all;
    std::array<Room, 2> rooms;
    const std::span<Other> others(all.data(), shape.others);
    for (std::size_t i = 0; i < shape.others; ++i) spawn([&, i] { all[i].turn_until_stopped(reactors[i + 1]); });
    for (Room& room : std::span(rooms.data(), shape.pauses)) {
        step({});  // posts to all of them
        auto* const pause = new (room.take()) ReactorPause(reactors.first(shape.others + 1));
        step({});
        if (std::ranges::any_of(others, &Other::is_in_the_middle)) find("a reactor turns while it should rest");
        pause->~ReactorPause();
        room.poison();
    }
    step({});
    for (std::size_t i = 0; i < shape.others; ++i) all[i].stop(reactors[i + 1]);
    wait_for_all();
    for (const Room& room : std::span(rooms.data(), shape.pauses)) {
        if (!room.is_untouched()) find("somebody wrote to a pause that was over");
    }
}

Exploration explore_pauses(const Idlers& reactors, const Shape& shape) {
    return explore([&] { rest_and_go_on(reactors, shape); });
}

}  // namespace

TEST_CASE("in no order does a reactor turn during a pause, sleep on after it, or touch one that is over") {
    const Idlers reactors(2);
    const Exploration result = explore_pauses(reactors, {.others = 1, .pauses = 2});
    CHECK(result.finding == "");
    CHECK(result.is_whole);
    CHECK(result.runs > 500);
}

TEST_CASE("the same with two that rest" * doctest::skip()) {
    const Idlers reactors(3);
    const Exploration result = explore_pauses(reactors, {.others = 2, .idle_wakes = 0});
    CHECK(result.finding == "");
    CHECK(result.is_whole);
    CHECK(result.runs > 10'000);
}

TEST_CASE("a pause on a machine that loses wakes, or excludes nobody, goes wrong") {
    for (const ThreadFault fault : {ThreadFault::wait_lets_go_too_early, ThreadFault::loses_a_wake, ThreadFault::mutex_excludes_nobody}) {
        CAPTURE(static_cast<int>(fault));
        CHECK(goes_wrong([fault] {
            const Idlers reactors(2);
            return explore_pauses(reactors, {.fault = fault, .idle_wakes = 0});
        }));
    }
}
