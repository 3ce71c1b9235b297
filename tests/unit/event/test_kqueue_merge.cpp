// SPDX-License-Identifier: MIT
// Interest to changes, and events to readiness, without a queue.
#include <doctest/doctest.h>

#include <array>
#include <vector>

#include <sys/event.h>

#include "event/kqueue_merge.hpp"

using namespace filesrv;
using namespace filesrv::event;

namespace {

struct NoWatch final : Watch {
    void on_ready(Readiness) noexcept override {}
};

struct kevent event_of(int fd, int filter, Watch& watch, int flags = 0, unsigned fflags = 0) {
    struct kevent event = {};
    event.ident = static_cast<decltype(event.ident)>(fd);
    event.filter = static_cast<decltype(event.filter)>(filter);
    event.flags = static_cast<decltype(event.flags)>(flags);
    event.fflags = fflags;
    event.udata = reinterpret_cast<decltype(event.udata)>(&watch);
    return event;
}

std::vector<Event> merged(const std::vector<struct kevent>& events) {
    KqueueMerge merge;
    merge.make_room(os::Fd(40));
    std::vector<Event> out(events.size());
    const auto filled = merge.merge(events, out);
    return {filled.begin(), filled.end()};
}

constexpr Readiness readable{.readable = true};
constexpr Readiness writable{.writable = true};
constexpr Readiness both{.readable = true, .writable = true};

}  // namespace

TEST_CASE("level interest asks for reads, edge interest for both directions with EV_CLEAR, all with a receipt") {
    NoWatch watch;
    std::array<struct kevent, kqueue_changes_max> out;
    for (const Interest interest : {Interest::level_read, Interest::level_read_exclusive}) {
        REQUIRE(kqueue_add_changes(os::Fd(5), interest, watch, out) == 1);
        CHECK(out[0].ident == 5);
        CHECK(out[0].filter == EVFILT_READ);
        CHECK(out[0].flags == (EV_ADD | EV_RECEIPT));
        CHECK(reinterpret_cast<Watch*>(out[0].udata) == &watch);
    }
    REQUIRE(kqueue_add_changes(os::Fd(7), Interest::edge_both, watch, out) == 2);
    CHECK(out[0].filter == EVFILT_READ);
    CHECK(out[1].filter == EVFILT_WRITE);
    for (const auto& change : out) {
        CHECK(change.ident == 7);
        CHECK(change.flags == (EV_ADD | EV_CLEAR | EV_RECEIPT));
        CHECK(reinterpret_cast<Watch*>(change.udata) == &watch);
    }
}

TEST_CASE("removal deletes both filters") {
    std::array<struct kevent, kqueue_changes_max> out;
    REQUIRE(kqueue_remove_changes(os::Fd(7), out) == 2);
    CHECK(out[0].filter == EVFILT_READ);
    CHECK(out[1].filter == EVFILT_WRITE);
    for (const auto& change : out) CHECK(change.flags == (EV_DELETE | EV_RECEIPT));
}

TEST_CASE("read and write of one descriptor become one event, wherever they stand in the batch") {
    std::array<NoWatch, 4> w;
    const auto out = merged({event_of(3, EVFILT_READ, w[0]), event_of(9, EVFILT_WRITE, w[1]), event_of(40, EVFILT_READ, w[2]),
                             event_of(3, EVFILT_WRITE, w[0]), event_of(0, EVFILT_WRITE, w[3]), event_of(40, EVFILT_WRITE, w[2])});
    REQUIRE(out.size() == 4);
    const std::array<Readiness, 4> expected{both, writable, both, writable};
    for (std::size_t i = 0; i < 4; ++i) {
        const std::array<int, 4> order{0, 1, 2, 3};
        CHECK(out[i].watch == &w[order[i]]);
        CHECK(out[i].ready == expected[i]);
    }
}

TEST_CASE("flags mean what kqueue(2) says") {
    NoWatch w;
    struct Row {
        struct kevent event;
        Readiness ready;
    };
    const std::vector<Row> rows{
        {event_of(1, EVFILT_READ, w), readable},
        {event_of(1, EVFILT_WRITE, w), writable},
        {event_of(1, EVFILT_READ, w, EV_EOF), {.readable = true, .peer_closed = true}},
        {event_of(1, EVFILT_WRITE, w, EV_EOF), writable},
        {event_of(1, EVFILT_READ, w, EV_EOF, 104), {.readable = true, .writable = true, .peer_closed = true, .error = true}},
        {event_of(1, EVFILT_WRITE, w, EV_EOF, 104), {.readable = true, .writable = true, .error = true}},
        {event_of(1, EVFILT_READ, w, EV_ERROR), {.readable = true, .writable = true, .error = true}},
    };
    for (const Row& row : rows) {
        const auto out = merged({row.event});
        REQUIRE(out.size() == 1);
        CHECK(out[0].ready == row.ready);
    }
}

TEST_CASE("an end of the read side is not lost when the write event follows, nor when it precedes") {
    NoWatch w;
    const Readiness expected{.readable = true, .writable = true, .peer_closed = true};
    CHECK(merged({event_of(1, EVFILT_READ, w, EV_EOF), event_of(1, EVFILT_WRITE, w)}).at(0).ready == expected);
    CHECK(merged({event_of(1, EVFILT_WRITE, w), event_of(1, EVFILT_READ, w, EV_EOF)}).at(0).ready == expected);
}

TEST_CASE("one batch leaves nothing behind for the next") {
    std::array<NoWatch, 2> w;
    KqueueMerge merge;
    merge.make_room(os::Fd(8));
    std::array<Event, 4> out{};
    const std::array first{event_of(8, EVFILT_READ, w[0]), event_of(8, EVFILT_WRITE, w[0]), event_of(2, EVFILT_READ, w[1])};
    CHECK(merge.merge(first, out).size() == 2);
    CHECK(merge.merge({}, out).empty());
    const std::array second{event_of(2, EVFILT_WRITE, w[1]), event_of(8, EVFILT_WRITE, w[0])};
    const auto filled = merge.merge(second, out);
    REQUIRE(filled.size() == 2);
    CHECK(filled[0].watch == &w[1]);
    CHECK(filled[0].ready == writable);
    CHECK(filled[1].watch == &w[0]);
    CHECK(filled[1].ready == writable);
}
