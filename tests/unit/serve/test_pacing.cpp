// SPDX-License-Identifier: MIT
// Who is on this machine is not paced, whatever the listener.
#include "os/pacing.hpp"

#include <doctest/doctest.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <array>
#include <cstdint>
#include <string_view>
#include <utility>

#include "os/sockaddr.hpp"
#include "running.hpp"

using namespace filesrv;
using test::Running;
using test::TcpClient;

namespace {

/// Our end of the client's connection: whichever descriptor of this process has the client's as its peer.
os::Fd end_of(const TcpClient& client) {
    const auto wanted = os::local_address(client.socket());
    REQUIRE(wanted);
    for (int number = 3; number < 1024; ++number) {
        sockaddr_storage peer{};
        socklen_t length = sizeof peer;
        if (::getpeername(number, reinterpret_cast<sockaddr*>(&peer), &length) != 0) continue;
        if (os::from_sockaddr(peer) == *wanted) return os::Fd(number);
    }
    FAIL("the server has no such connection");
    return os::Fd();
}

}  // namespace

TEST_CASE("a client on this machine is not paced, whether the listener is for this machine or for all") {
    constexpr std::string_view bbr = "bbr";
    for (const std::array<std::uint8_t, 16> address : {std::array<std::uint8_t, 16>{127, 0, 0, 1}, {}}) {
        os::UniqueFd listener = Running::listen(address);
        if (::setsockopt(listener.number(), IPPROTO_TCP, TCP_CONGESTION, bbr.data(), bbr.size()) != 0) {
            MESSAGE("not tried: this kernel has no bbr");
            return;
        }
        const os::Fd borrowed = listener.get();
        const bool is_for_all = address[0] == 0;
        CAPTURE(is_for_all);
        Running running([](serve::Settings&) {}, std::move(listener));
        CHECK(os::is_paced(borrowed) == is_for_all);
        test::write_file(running.root() / "a", "hello");
        TcpClient client(running.port());
        CHECK(client.exchange("GET /a HTTP/1.1\r\nHost: localhost\r\n\r\n").ends_with("hello"));
        CHECK_FALSE(os::is_paced(end_of(client)));
    }
}
