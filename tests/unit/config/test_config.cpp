// SPDX-License-Identifier: MIT
// What options demand of each other.
#include "config/config.hpp"

#include <doctest/doctest.h>

using namespace filesrv::config;
using namespace std::chrono_literals;

TEST_CASE("the defaults do not contradict each other") {
    CHECK(find_conflict(Config{}) == std::nullopt);
}

TEST_CASE("the shortest timeout may equal the longest, and not exceed it") {
    CHECK(find_conflict(Config{.timeout_max = 5s, .timeout_min = 5s}) == std::nullopt);
    CHECK(find_conflict(Config{.timeout_max = 4900ms, .timeout_min = 5s}) ==
          "timeout-min (5) is above timeout-max (4.9)");
}

TEST_CASE("deleting needs writing") {
    CHECK(find_conflict(Config{.read_only = true, .allow_delete = true}).has_value());
    CHECK(find_conflict(Config{.read_only = true}) == std::nullopt);
}

TEST_CASE("one address may hold all connections, and not more than all") {
    CHECK(find_conflict(Config{.max_connections = 10, .per_address = 10}) == std::nullopt);
    CHECK(find_conflict(Config{.max_connections = 10, .per_address = 11}).has_value());
    CHECK(find_conflict(Config{.max_connections = 0, .per_address = 11}) == std::nullopt);
}

TEST_CASE("an address is listened on once, but several free ports may be asked for") {
    const ListenAddress fixed{.port = 80};
    const ListenAddress any{.port = 0};
    const ListenAddress unix_path{.kind = ListenAddress::Kind::unix_socket, .path = "/run/x"};
    CHECK(find_conflict(Config{.listen = {fixed, fixed}}) == "listen names localhost:80 twice");
    CHECK(find_conflict(Config{.listen = {any, any}}) == std::nullopt);
    CHECK(find_conflict(Config{.listen = {unix_path, fixed, unix_path}}).has_value());
}
