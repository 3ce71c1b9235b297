// SPDX-License-Identifier: MIT
#include "os/pacing.hpp"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <string_view>

#include <doctest/doctest.h>

#include "os/socket.hpp"

using namespace filesrv;
using namespace filesrv::os;

namespace {

bool set_congestion_control(Fd socket, std::string_view name) {
    return ::setsockopt(socket.number(), IPPROTO_TCP, TCP_CONGESTION, name.data(), static_cast<socklen_t>(name.size())) == 0;
}

}  // namespace

TEST_CASE("bbr paces, and reno, which takes its place, does not") {
    const auto listener = listen_tcp(*parse_address("127.0.0.1", 0), 8);
    REQUIRE(listener.has_value());
    REQUIRE(set_congestion_control(listener->get(), "reno"));
    CHECK_FALSE(is_paced(listener->get()));
    if (!set_congestion_control(listener->get(), "bbr")) {
        MESSAGE("not tried: this kernel has no bbr");
        return;
    }
    CHECK(is_paced(listener->get()));
    stop_pacing(listener->get());
    CHECK_FALSE(is_paced(listener->get()));
}

TEST_CASE("what is no TCP socket is not paced") {
    int ends[2];
    REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) == 0);
    const UniqueFd one = UniqueFd::adopt(ends[0]);
    const UniqueFd other = UniqueFd::adopt(ends[1]);
    stop_pacing(one.get());
    CHECK_FALSE(is_paced(one.get()));
}
