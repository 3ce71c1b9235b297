// SPDX-License-Identifier: MIT
// Many slow readers that make room in the same moment: what they keep waiting, and who sends to them.
#include <doctest/doctest.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <deque>
#include <string>
#include <thread>

#include "running.hpp"
#include "serve/limits.hpp"
#include "watcher.hpp"

using namespace filesrv;
using serve::limits::slice_bytes;
using test::end_of;
using test::Running;
using test::TcpClient;
using test::Watcher;

namespace {

[[nodiscard]] bool is_ready(os::Fd fd, short event, int patience_ms = 0) {
    pollfd one{.fd = fd.number(), .events = event, .revents = 0};
    return ::poll(&one, 1, patience_ms) == 1 && (one.revents & event) != 0;
}

/// Asks for a large file, and takes none of it for now.
void ask(TcpClient& client) {
    const int little = 64 * 1024;
    REQUIRE(::setsockopt(client.socket().number(), SOL_SOCKET, SO_RCVBUF, &little, sizeof little) == 0);
    client.send("GET /large HTTP/1.1\r\nHost: localhost\r\n\r\n");
    CHECK(client.receive_head().starts_with("HTTP/1.1 200 "));
}

/// Takes what the kernel has of the answer, until the server has room to send more.
void make_room(TcpClient& client) {
    std::string buffer(slice_bytes, '\0');
    const os::Fd server_side = end_of(client);
    bool empty = false;
    while (!empty || !is_ready(server_side, POLLOUT)) {
        empty = ::recv(client.socket().number(), buffer.data(), buffer.size(), MSG_DONTWAIT) < 0;
    }
}

}  // namespace

TEST_CASE("a request waits for a few slices at most, however many slow readers make room, and no worker sends to them") {
    constexpr std::size_t readers = 8;
    static_assert(readers > 2 * serve::limits::senders_per_turn);
    Running running;
    test::write_file(running.root() / "large", std::string(16 * 1024 * 1024, 'x'));
    test::write_file(running.root() / "small", "small");
    if (!test::reactor_serves(running.root() / "small")) return;
    const std::string request = "GET /small HTTP/1.1\r\nHost: localhost\r\n\r\n";
    TcpClient quick(running.port());
    CHECK(quick.exchange(request).ends_with("small"));
    std::deque<TcpClient> slow;
    for (std::size_t i = 0; i < readers; ++i) ask(slow.emplace_back(running.port()));
    const auto& pool = running.server().pool();
    const auto is_blocked = [](const TcpClient& client) { return !is_ready(end_of(client), POLLOUT); };
    while (!std::ranges::all_of(slow, is_blocked) || pool.counters().busy + pool.counters().waiting > 0) std::this_thread::yield();
    std::this_thread::sleep_for(2 * serve::limits::slow_reader_wait);  // only now they are slow

    Watcher watcher(running.server());
    watcher.wait_until_held();
    const std::uint64_t jobs_before = pool.counters().entered;
    for (TcpClient& client : slow) make_room(client);
    quick.send(request);
    REQUIRE(is_ready(end_of(quick), POLLIN, 20'000));
    watcher.release();
    watcher.wait_for_the_end();

    const serve::Totals before = watcher.after_turns(0);
    const serve::Totals after_one = watcher.after_turns(1);
    CHECK(after_one.requests_ended == before.requests_ended + 1);
    CHECK(after_one.bytes_sent - before.bytes_sent <= serve::limits::senders_per_turn * slice_bytes + 1000);
    const std::uint64_t sent = watcher.after_turns(Watcher::turns_watched).bytes_sent - before.bytes_sent;
    CHECK(sent > 2 * readers * slice_bytes);
    CHECK(pool.counters().entered == jobs_before);
}
