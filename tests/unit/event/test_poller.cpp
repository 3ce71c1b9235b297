// SPDX-License-Identifier: MIT
// What every poller promises; run against whichever this program was built with.
#include <doctest/doctest.h>

#include <array>
#include <csignal>
#include <cstring>
#include <map>
#include <vector>

#include <pthread.h>
#include <sys/socket.h>
#include <unistd.h>

#include "event/poller.hpp"
#include "os/clock.hpp"
#include "os/pipe.hpp"
#include "os/signals.hpp"

using namespace filesrv;
using namespace filesrv::event;
using namespace std::chrono_literals;

namespace {

struct Peer final : Watch {
    void on_ready(Readiness) noexcept override {}
};

struct SocketPair {
    SocketPair() {
        std::array<int, 2> ends{};
        REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends.data()) == 0);
        ours = os::UniqueFd::adopt(ends[0]);
        theirs = os::UniqueFd::adopt(ends[1]);
    }
    os::UniqueFd ours;
    os::UniqueFd theirs;
};

/// A poller and its last batch by watch.
struct Fixture {
    Fixture() : poller(Poller::create().value()) {}

    std::size_t poll(std::optional<Duration> timeout = Duration::zero()) {
        batch.clear();
        const auto events = poller.wait(timeout, buffer);
        for (const Event& event : events) {
            CHECK_FALSE(batch.contains(event.watch));  // one event per descriptor
            batch[event.watch] = event.ready;
        }
        return events.size();
    }

    /// Edges may be told once more than they happen; takes them until there is silence.
    void settle() {
        for (int i = 0; i < 4 && poll() > 0; ++i) {}
        REQUIRE(batch.empty());
    }

    Poller poller;
    std::array<Event, 64> buffer;
    std::map<Watch*, Readiness> batch;
    Peer watch;
};

void send_byte(const os::UniqueFd& fd) { REQUIRE(::send(fd.number(), "x", 1, MSG_NOSIGNAL) == 1); }

std::size_t receive_all(const os::UniqueFd& fd) {
    std::array<char, 65536> bytes;
    std::size_t total = 0;
    for (ssize_t got = 0; (got = ::recv(fd.number(), bytes.data(), bytes.size(), 0)) > 0;) total += static_cast<std::size_t>(got);
    return total;
}

std::size_t fill(const os::UniqueFd& fd) {
    const std::array<char, 4096> bytes{};
    std::size_t total = 0;
    for (ssize_t put = 0; (put = ::send(fd.number(), bytes.data(), bytes.size(), MSG_NOSIGNAL)) > 0;) total += static_cast<std::size_t>(put);
    return total;
}

}  // namespace

TEST_CASE_FIXTURE(Fixture, "a level is told in every batch until it is gone") {
    SocketPair pair;
    REQUIRE(poller.add(pair.ours.get(), Interest::level_read, watch));
    CHECK(poll() == 0);
    send_byte(pair.theirs);
    for (int i = 0; i < 3; ++i) {
        REQUIRE(poll() == 1);
        CHECK(batch[&watch] == Readiness{.readable = true});
    }
    receive_all(pair.ours);
    CHECK(poll() == 0);
}

TEST_CASE_FIXTURE(Fixture, "a new edge registration is told what is so already, both directions in one event") {
    SocketPair pair;
    send_byte(pair.theirs);
    REQUIRE(poller.add(pair.ours.get(), Interest::edge_both, watch));
    REQUIRE(poll() == 1);
    CHECK(batch[&watch] == Readiness{.readable = true, .writable = true});
    settle();
}

TEST_CASE_FIXTURE(Fixture, "an edge is told once, and again when more comes") {
    SocketPair pair;
    REQUIRE(poller.add(pair.ours.get(), Interest::edge_both, watch));
    settle();
    for (int i = 0; i < 3; ++i) {  // without reading in between: an edge is a change, not a state
        send_byte(pair.theirs);
        REQUIRE(poll() == 1);
        CHECK(batch[&watch].readable);
        CHECK_FALSE(batch[&watch].peer_closed);
        settle();
    }
}

TEST_CASE_FIXTURE(Fixture, "room to send is an edge") {
    SocketPair pair;
    REQUIRE(poller.add(pair.ours.get(), Interest::edge_both, watch));
    const std::size_t sent = fill(pair.ours);
    settle();
    CHECK(receive_all(pair.theirs) == sent);
    REQUIRE(poll(5s) == 1);
    CHECK(batch[&watch].writable);
}

TEST_CASE_FIXTURE(Fixture, "what comes while a descriptor is quiet is told at latest when it is not any more") {
    SocketPair pair;
    REQUIRE(poller.add(pair.ours.get(), Interest::edge_both, watch));
    settle();
    for (int round = 0; round < 3; ++round) {
        poller.set_quiet(pair.ours.get(), watch, true);
        send_byte(pair.theirs);
        std::size_t told = poll();
#if !defined(FS_POLLER_KQUEUE)
        CHECK(told == 0);
#endif
        poller.set_quiet(pair.ours.get(), watch, false);
        told += poll();
        CHECK(told >= 1);
        CHECK(receive_all(pair.ours) == 1);
        settle();
    }
    poller.set_quiet(pair.ours.get(), watch, true);
    pair.theirs.reset();
    std::size_t told = poll();
    poller.set_quiet(pair.ours.get(), watch, false);
    told += poll();
    CHECK(told >= 1);
}

TEST_CASE_FIXTURE(Fixture, "a half-closed peer is told with what it sent before, and no error") {
    SocketPair pair;
    REQUIRE(poller.add(pair.ours.get(), Interest::edge_both, watch));
    settle();
    send_byte(pair.theirs);
    REQUIRE(::shutdown(pair.theirs.number(), SHUT_WR) == 0);
    REQUIRE(poll() == 1);
    CHECK(batch[&watch].readable);
    CHECK(batch[&watch].peer_closed);
    CHECK_FALSE(batch[&watch].error);
    CHECK(receive_all(pair.ours) == 1);
    send_byte(pair.ours);  // it may still wait for an answer
}

TEST_CASE_FIXTURE(Fixture, "a peer that is gone invites a read") {
    SocketPair pair;
    REQUIRE(poller.add(pair.ours.get(), Interest::edge_both, watch));
    settle();
    pair.theirs.reset();
    REQUIRE(poll() == 1);
    CHECK(batch[&watch].readable);
    CHECK(batch[&watch].peer_closed);
}

TEST_CASE_FIXTURE(Fixture, "a peer that left our bytes unread is an error, and the next call says which") {
    SocketPair pair;
    REQUIRE(poller.add(pair.ours.get(), Interest::edge_both, watch));
    settle();
    send_byte(pair.ours);
    pair.theirs.reset();
    REQUIRE(poll() == 1);
    CHECK(batch[&watch] == Readiness{.readable = true, .writable = true, .peer_closed = true, .error = true});
}

TEST_CASE_FIXTURE(Fixture, "the end of a pipe invites a read") {
    os::Pipe pipe = os::open_pipe().value();
    REQUIRE(poller.add(pipe.reader.get(), Interest::level_read, watch));
    pipe.writer.reset();
    REQUIRE(poll() == 1);
    CHECK(batch[&watch].readable);
}

TEST_CASE_FIXTURE(Fixture, "many descriptors in one batch, each once, and the rest in the next") {
    constexpr std::size_t count = 100;  // more than the buffer holds
    std::vector<SocketPair> pairs(count);
    std::vector<Peer> watches(count);
    std::map<Watch*, Readiness> seen;
    for (std::size_t i = 0; i < count; ++i) {
        send_byte(pairs[i].theirs);
        REQUIRE(poller.add(pairs[i].ours.get(), Interest::edge_both, watches[i]));
    }
    while (poll() > 0) {
        CHECK(batch.size() <= buffer.size());
        for (const auto& [who, ready] : batch) {
            seen[who].readable |= ready.readable;
            seen[who].writable |= ready.writable;
        }
    }
    CHECK(seen.size() == count);
    for (const auto& [who, ready] : seen) CHECK(ready == Readiness{.readable = true, .writable = true});
}

TEST_CASE_FIXTURE(Fixture, "what was removed is silent, and can be added again") {
    SocketPair pair;
    for (const Interest interest : {Interest::level_read, Interest::edge_both, Interest::level_read_exclusive}) {
        REQUIRE(poller.add(pair.ours.get(), interest, watch));
        send_byte(pair.theirs);
        CHECK(poll() == 1);
        REQUIRE(poller.remove(pair.ours.get()));
        CHECK(poll() == 0);
        receive_all(pair.ours);
    }
    const auto twice = poller.remove(pair.ours.get());
    REQUIRE_FALSE(twice);
    CHECK(twice.error().code == ENOENT);
}

TEST_CASE_FIXTURE(Fixture, "closing removes, and a new descriptor of the same number is a new one") {
    Peer other;
    int number = -1;
    {
        SocketPair pair;
        REQUIRE(poller.add(pair.ours.get(), Interest::edge_both, watch));
        send_byte(pair.theirs);
        number = pair.ours.number();
    }
    CHECK(poll() == 0);
    SocketPair pair;
    REQUIRE(pair.ours.number() == number);
    REQUIRE(poller.add(pair.ours.get(), Interest::level_read, other));
    CHECK(poll() == 0);
    send_byte(pair.theirs);
    REQUIRE(poll() == 1);
    CHECK(batch.contains(&other));
}

TEST_CASE_FIXTURE(Fixture, "a bad descriptor is refused with its reason") {
    const auto added = poller.add(os::Fd(1'000'000), Interest::edge_both, watch);
    REQUIRE_FALSE(added);
    CHECK(added.error().code == EBADF);
    CHECK(added.error().subject == "descriptor 1000000");
}

TEST_CASE_FIXTURE(Fixture, "a wait is never shorter than asked") {
    for (const Duration timeout : {Duration(1ns), Duration(999ns), Duration(1000001ns), Duration(3999999ns)}) {
        const Instant before = os::monotonic_now();
        CHECK(poll(timeout) == 0);
        CHECK(os::monotonic_now() - before >= timeout);
    }
    CHECK(poll(-5s) == 0);
}

TEST_CASE_FIXTURE(Fixture, "a signal ends the wait with an empty batch") {
    const auto handler = os::SignalHandler::install(SIGALRM, [](int) {}).value();
    REQUIRE(::alarm(1) == 0);
    CHECK(poll(std::nullopt) == 0);
}
