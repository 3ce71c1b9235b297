// SPDX-License-Identifier: MIT
// All reactors but one rest, and go on.
#include "serve/reactor_pause.hpp"

#include <doctest/doctest.h>

#include <atomic>
#include <memory>
#include <thread>
#include <vector>

#include "serve/reactor.hpp"
#include "serving.hpp"

using namespace filesrv;
using namespace filesrv::serve;

namespace {

/// Says that its reactor has turned.
struct Turned final : event::Message {
    void deliver() noexcept override { done.store(true); }
    std::atomic<bool> done = false;
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
