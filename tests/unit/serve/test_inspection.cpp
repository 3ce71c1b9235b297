// SPDX-License-Identifier: MIT
// Looking at the connections of a server that serves, and closing one of them.
#include "serve/inspection.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <set>

#include "running.hpp"

using namespace filesrv;
using test::Running;
using test::TcpClient;

namespace {

constexpr std::string_view request = "GET /a HTTP/1.1\r\nHost: localhost\r\n\r\n";

}  // namespace

TEST_CASE("each connection is listed with what it has done, wherever it lives") {
    for (const std::size_t reactors : {1, 3}) {
        CAPTURE(reactors);
        Running running([&](serve::Settings& settings) { settings.reactors = reactors; });
        test::write_file(running.root() / "a", "hello");
        CHECK(running.connections() == serve::ConnectionList{});
        TcpClient silent(running.port());
        TcpClient asking(running.port());
        const std::string answer = asking.exchange(request);
        const std::string second = asking.exchange(request);
        TcpClient slow(running.port());
        slow.send("GET /a HT");
        serve::ConnectionList list;
        const auto of_state = [&](std::string_view state) { return std::ranges::count(list.connections, state, &observe::ConnectionFacts::state); };
        do list = running.connections();
        while (of_state("receiving_head") == 0);
        CHECK_FALSE(list.truncated);
        REQUIRE(list.connections.size() == 3);
        CHECK(of_state("idle") == 2);
        std::set<std::uint64_t> ids;
        for (const auto& one : list.connections) {
            ids.insert(one.id);
            CHECK(one.peer.starts_with("127.0.0.1:"));
            CHECK(one.timeout_s.value() <= 17);  // T(3)
            CHECK(one.timeout_s.value() > 0);
            CHECK_FALSE(one.worker);
            if (one.requests == 0) continue;
            CHECK(one.requests == 2);
            CHECK(one.in == 2 * request.size());
            CHECK(one.out == answer.size() + second.size());
        }
        CHECK(ids.size() == 3);
    }
}

TEST_CASE("who connects one after the other is shared out among the reactors") {
    Running running([](serve::Settings& settings) {
        settings.reactors = 2;
        settings.timeout_min = settings.timeout_max = std::chrono::hours(1);  // T stays: no newcomer wakes the other reactor
    });
    test::write_file(running.root() / "a", "hello");
    CHECK(running.connections() == serve::ConnectionList{});  // both have been asked, and so both accept
    std::vector<std::unique_ptr<TcpClient>> clients;
    for (int i = 0; i < 40; ++i) {
        clients.push_back(std::make_unique<TcpClient>(running.port()));
        CHECK(clients.back()->exchange(request).ends_with("hello"));
    }
    std::array<int, 2> held{};
    for (const auto& one : running.connections().connections) ++held[running.server().reactor_of(one.id).index()];
    CHECK(held[0] + held[1] == 40);
    CHECK(std::ranges::min(held) >= 10);  // 20 each, but for moments at which one was not back from its last request
}

TEST_CASE("a list is cut at its limit and says so") {
    Running running;
    std::vector<std::unique_ptr<TcpClient>> clients;
    for (int i = 0; i < 5; ++i) clients.push_back(std::make_unique<TcpClient>(running.port()));
    while (running.connections().connections.size() < 5) std::this_thread::yield();
    const struct {
        std::size_t most;
        std::size_t given;
        bool truncated;
    } cases[] = {{1, 1, true}, {4, 4, true}, {5, 5, false}, {6, 5, false}};
    for (const auto& one : cases) {
        CAPTURE(one.most);
        const auto list = running.connections(one.most);
        CHECK(list.connections.size() == one.given);
        CHECK(list.truncated == one.truncated);
    }
}

TEST_CASE("a connection that is kicked is closed, the others stay, and nobody of that number is not found") {
    for (const std::size_t reactors : {1, 2}) {
        CAPTURE(reactors);
        Running running([&](serve::Settings& settings) { settings.reactors = reactors; });
        test::write_file(running.root() / "a", "hello");
        TcpClient victim(running.port());
        (void)victim.exchange(request);
        TcpClient other(running.port());
        while (running.connections().connections.size() < 2) std::this_thread::yield();
        std::uint64_t id = 0;
        std::uint64_t largest = 0;
        for (const auto& one : running.connections().connections) {
            if (one.requests == 1) id = one.id;
            largest = std::max(largest, one.id);
        }
        CHECK_FALSE(running.kick(0));
        CHECK_FALSE(running.kick(largest + 1));
        CHECK_FALSE(running.kick(18'446'744'073'709'551'615u));
        CHECK(running.kick(id));
        CHECK(victim.is_closed_by_server());
        CHECK_FALSE(running.kick(id));
        CHECK(other.exchange(request).ends_with("hello"));
        CHECK(running.server().open_connections() == 1);
    }
}

TEST_CASE("what is asked of a server that leaves is forgotten with it") {
    auto running = std::make_unique<Running>();
    const auto asked = std::make_shared<int>();
    for (int i = 0; i < 100; ++i) running->server().list_connections(10, [asked](const serve::ConnectionList&) {});
    running.reset();
    CHECK(asked.use_count() == 1);
}
