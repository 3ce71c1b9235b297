// SPDX-License-Identifier: MIT
// All reactors but one rest, and go on.
#include "serve/reactor_pause.hpp"

#include <doctest/doctest.h>

#include <atomic>
#include <chrono>
#include <memory>
#include <thread>
#include <utility>
#include <vector>

#include "serve/reactor.hpp"
#include "serving.hpp"

using namespace filesrv;
using namespace filesrv::serve;
using namespace std::chrono_literals;

namespace {

/// Says that its reactor has turned.
struct Turned final : event::Message {
    void deliver() noexcept override { done.store(true); }
    std::atomic<bool> done = false;
};

/// Stops the server in the turn in which it would leave for want of requests; its other reactors end meanwhile.
struct StopWhenIdle final : event::Message {
    explicit StopWhenIdle(Server& stopped) noexcept : server(stopped) {}
    void deliver() noexcept override {
        std::this_thread::sleep_for(60ms);
        if (!std::exchange(is_next_turn, true)) return server.main_loop().inbox().post(*this);
        server.stop();
        std::this_thread::sleep_for(60ms);
    }
    Server& server;
    bool is_next_turn = false;
};

struct Stop final : event::Message {
    explicit Stop(Reactor& stopped) noexcept : reactor(stopped) {}
    void deliver() noexcept override { reactor.stop(); }
    Reactor& reactor;
};

}  // namespace

TEST_CASE("a pause of one reactor waits for nobody") {
    test::Serving serving;
    std::vector<std::unique_ptr<Reactor>> reactors;
    reactors.push_back(std::move(*Reactor::create(serving.server(), 0, {})));
    const ReactorPause pause(reactors);
}

TEST_CASE("while a pause lives the other reactors do not turn; after it they do") {
    test::Serving serving;
    std::vector<std::unique_ptr<Reactor>> reactors;
    for (std::size_t i = 0; i < 3; ++i) reactors.push_back(std::move(*Reactor::create(serving.server(), i, {})));
    std::vector<std::thread> threads;
    for (std::size_t i = 1; i < reactors.size(); ++i) threads.emplace_back([&reactor = *reactors[i]] { reactor.run(); });
    for (int round = 0; round < 50; ++round) {
        Turned turned[2];
        {
            const ReactorPause pause(reactors);
            for (std::size_t i = 0; i < 2; ++i) reactors[i + 1]->inbox().post(turned[i]);
            std::this_thread::yield();
            for (const Turned& one : turned) CHECK_FALSE(one.done);
        }
        for (const Turned& one : turned) {
            while (!one.done) std::this_thread::yield();
        }
    }
    std::vector<std::unique_ptr<Stop>> stops;
    for (std::size_t i = 1; i < reactors.size(); ++i) {
        stops.push_back(std::make_unique<Stop>(*reactors[i]));
        reactors[i]->inbox().post(*stops.back());
    }
    for (std::thread& thread : threads) thread.join();
}

TEST_CASE("a server that is told to stop in the very turn in which it would leave idle does not wait for who has ended") {
    const test::TempFolder root;
    Settings settings;
    settings.reactors = 3;
    settings.connections_max = 10;
    settings.workers_min = settings.workers_max = 1;
    settings.idle_shutdown = 50ms;
    Server server(std::move(settings), test::open_store(root.path()), *AccessLog::open(AccessLogFormat::off, ""));
    REQUIRE(server.start({}));
    StopWhenIdle stop(server);
    server.main_loop().inbox().post(stop);
    const auto left = server.run([](Leaving) {});
    CHECK(left.has_value());  // a machine that is busy enough may leave idle before
    server.pool().shutdown();
}
