// SPDX-License-Identifier: MIT
// The kernel's tables of listening sockets, proc(5).
#include "tools/filesrvctl/ports.hpp"

#include <bit>

#include <doctest/doctest.h>

using namespace filesrv;
using namespace filesrv::ctl;

namespace {

constexpr std::string_view head = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n";

std::string row(const std::string& local, const std::string& state) {
    return "   0: " + local + " 00000000:0000 " + state + " 00000000:00000000 00:00000000 00000000     0        0 4711 1 0000 100 0 0 10 0\n";
}

os::PeerAddress address(const char* text) {
    const auto found = parse_listen_address(text);
    REQUIRE(found.has_value());
    return *found;
}

}  // namespace

TEST_CASE("listening sockets are read, others and garbage are not") {
    // The kernel prints addresses as numbers of this machine.
    const bool little = std::endian::native == std::endian::little;
    const std::string local = little ? "0100007F:1F90" : "7F000001:1F90";
    const auto found = parse_listeners(std::string(head) + row(local, "01") + "garbage\n" + row("0100:1F90", "0A") + row(local, "0A"), os::AddressFamily::v4);
    REQUIRE(found.size() == 1);
    CHECK(found[0].address == address("127.0.0.1:8080"));
    CHECK(found[0].inode == 4711);
    const std::string six = little ? "00000000000000000000000001000000:0050" : "00000000000000000000000000000001:0050";
    const auto others = parse_listeners(row(six, "0A"), os::AddressFamily::v6);
    REQUIRE(others.size() == 1);
    CHECK(others[0].address == address("[::1]:80"));
}

TEST_CASE("a port is taken by its own address and by any address") {
    CHECK(is_in_the_way(address("127.0.0.1:80"), address("127.0.0.1:80")));
    CHECK(is_in_the_way(address("0.0.0.0:80"), address("127.0.0.1:80")));
    CHECK(is_in_the_way(address("127.0.0.1:80"), address("0.0.0.0:80")));
    CHECK_FALSE(is_in_the_way(address("127.0.0.1:80"), address("127.0.0.1:81")));
    CHECK_FALSE(is_in_the_way(address("127.0.0.2:80"), address("127.0.0.1:80")));
    CHECK_FALSE(is_in_the_way(address("[::1]:80"), address("127.0.0.1:80")));
}

TEST_CASE("what is no address to listen at is none") {
    for (const char* text : {"", "8080", "name:80", "127.0.0.1:65536", "127.0.0.1:", "/run/it"}) CHECK_FALSE(parse_listen_address(text).has_value());
}
