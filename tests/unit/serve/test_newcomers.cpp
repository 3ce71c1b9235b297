// SPDX-License-Identifier: MIT
// Who has just come: a request that is there already is answered in the same turn, and silence is counted.
#include <doctest/doctest.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <string>
#include <string_view>
#include <thread>

#include "running.hpp"
#include "watcher.hpp"

using namespace filesrv;
using test::Running;
using test::TcpClient;
using test::Watcher;

namespace {

constexpr std::string_view request = "GET /a HTTP/1.1\r\nHost: localhost\r\n\r\n";
constexpr std::string_view last_request = "GET /a HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";

/// Whether the other side's kernel has all that was sent, whoever accepts the connection when.
bool has_arrived(const TcpClient& client) {
    tcp_info info{};
    socklen_t length = sizeof info;
    REQUIRE(::getsockopt(client.socket().number(), IPPROTO_TCP, TCP_INFO, &info, &length) == 0);
    return info.tcpi_unacked == 0;
}

}  // namespace

TEST_CASE("who asks at once is answered in the turn that accepts, and asks again or goes as others do") {
    for (const std::string_view asked : {request, last_request}) {
        CAPTURE(asked);
        Running running;
        test::write_file(running.root() / "a", "hello");
        if (!test::reactor_serves(running.root() / "a")) return;
        CHECK(TcpClient(running.port()).exchange(last_request).ends_with("hello"));  // from now on it is in memory
        Watcher watcher(running.server());
        watcher.wait_until_held();
        TcpClient client(running.port());
        client.send(asked);
        while (!has_arrived(client)) std::this_thread::yield();
        watcher.release();
        watcher.wait_for_the_end();
        CHECK(watcher.after_turns(1).requests_ended == watcher.after_turns(0).requests_ended + 1);
        CHECK(client.receive_head().starts_with("HTTP/1.1 200 "));
        CHECK(client.receive(5) == "hello");
        if (asked == last_request) CHECK(client.is_closed_by_server());
        else CHECK(client.exchange(last_request).ends_with("hello"));
    }
}

TEST_CASE("who says half a head, or nothing, when accepted is watched for the rest") {
    for (const std::size_t said : {std::size_t{0}, std::size_t{1}, request.size() / 2, request.size() - 1}) {
        CAPTURE(said);
        Running running;
        test::write_file(running.root() / "a", "hello");
        Watcher watcher(running.server());
        watcher.wait_until_held();
        TcpClient client(running.port());
        if (said > 0) client.send(request.substr(0, said));
        while (!has_arrived(client)) std::this_thread::yield();
        watcher.release();
        watcher.wait_for_the_end();
        serve::ConnectionList list = running.connections();
        REQUIRE(list.connections.size() == 1);
        CHECK(list.connections[0].state == (said > 0 ? "receiving_head" : "idle"));
        CHECK(client.exchange(request.substr(said)).ends_with("hello"));
    }
}
