// SPDX-License-Identifier: MIT
// Who is on this machine is not paced, whatever the listener.
#include "os/pacing.hpp"

#include <doctest/doctest.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <array>
#include <cstdint>
#include <string_view>
#include <utility>

#include "running.hpp"

using namespace filesrv;
using test::end_of;
using test::Running;
using test::TcpClient;

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
