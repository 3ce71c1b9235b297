// SPDX-License-Identifier: MIT
#include "serve/address_limit.hpp"

#include <doctest/doctest.h>

#include <atomic>
#include <thread>
#include <vector>

#include "dying.hpp"
#include "running.hpp"

using namespace filesrv;
using namespace filesrv::serve;

namespace {

os::PeerAddress address(std::string_view host, std::uint16_t port = 1) {
    const auto parsed = os::parse_address(host, port);
    REQUIRE(parsed);
    return *parsed;
}

}  // namespace

TEST_CASE("a host gets as many connections as the limit says, and not one more") {
    for (const std::size_t limit : {1u, 2u, 7u}) {
        const Tunable<std::size_t> limiter_max = std::size_t{limit};
        AddressLimit limiter(limiter_max);
        const auto host = address("192.0.2.1");
        for (std::size_t i = 0; i < limit; ++i) CHECK(limiter.enter(address("192.0.2.1", static_cast<std::uint16_t>(i))));
        CHECK_FALSE(limiter.enter(host));
        CHECK_FALSE(limiter.enter(host));  // a refusal counts nothing in
        limiter.leave(address("192.0.2.1", 4711));
        CHECK(limiter.enter(host));
        CHECK_FALSE(limiter.enter(host));
    }
}

TEST_CASE("hosts do not count for each other") {
    const Tunable<std::size_t> limiter_max = std::size_t{1};
    AddressLimit limiter(limiter_max);
    for (const char* host : {"192.0.2.1", "192.0.2.2", "127.0.0.1", "::1", "2001:db8::1", "2001:db8::2", "c000:201::"}) {
        CAPTURE(host);
        CHECK(limiter.enter(address(host)));
        CHECK_FALSE(limiter.enter(address(host)));
    }
}

TEST_CASE("no limit applies to Unix sockets, or when it is 0") {
    const Tunable<std::size_t> one_max = std::size_t{1};
    AddressLimit one(one_max);
    const Tunable<std::size_t> none_max = std::size_t{0};
    AddressLimit none(none_max);
    const os::PeerAddress local{.family = os::AddressFamily::unix_socket};
    for (int i = 0; i < 10; ++i) {
        CHECK(one.enter(local));
        CHECK(none.enter(address("::1")));
    }
    for (int i = 0; i < 20; ++i) one.leave(local);
    for (int i = 0; i < 20; ++i) none.leave(address("::1"));
}

TEST_CASE("a host that leaves more often than it came stops the program") {
    const Tunable<std::size_t> limiter_max = std::size_t{2};
    AddressLimit limiter(limiter_max);
    const auto host = address("::1");
    CHECK(limiter.enter(host));
    limiter.leave(host);
    CHECK(filesrv::test::aborts([&] { limiter.leave(host); }));
}

TEST_CASE("threads together never exceed the limit") {
    constexpr int limit = 3;
    const Tunable<std::size_t> limiter_max = std::size_t{limit};
    AddressLimit limiter(limiter_max);
    const auto host = address("192.0.2.1");
    std::atomic<int> inside = 0;
    std::vector<std::thread> threads;
    for (int i = 0; i < 4; ++i) {
        threads.emplace_back([&] {
            for (int turn = 0; turn < 2'000; ++turn) {
                if (!limiter.enter(host)) continue;
                CHECK(++inside <= limit);
                --inside;
                limiter.leave(host);
            }
        });
    }
    for (std::thread& thread : threads) thread.join();
    for (int i = 0; i < limit; ++i) CHECK(limiter.enter(host));
    CHECK_FALSE(limiter.enter(host));
}

TEST_CASE("one connection more than an address may have is told so, and the others stay") {
    test::Running running([](Settings& settings) { settings.per_address_max = std::size_t{1}; });
    test::TcpClient first(running.port());
    CHECK(first.exchange("GET /none HTTP/1.1\r\nHost: localhost\r\n\r\n").starts_with("HTTP/1.1 404 "));
    test::TcpClient second(running.port());
    const std::string refused = second.receive(10'000);
    CHECK(refused.starts_with("HTTP/1.1 503 "));
    CHECK(refused.find("Your address has as many connections as it may have.") != refused.npos);
    CHECK(first.exchange("GET /none HTTP/1.1\r\nHost: localhost\r\n\r\n").starts_with("HTTP/1.1 404 "));
}
