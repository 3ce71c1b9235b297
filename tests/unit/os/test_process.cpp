// SPDX-License-Identifier: MIT
// Accounts, processes, and names that only the kernel keeps.
#include "os/process.hpp"

#include <array>
#include <cerrno>
#include <limits>

#include <doctest/doctest.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "../store/temp_folder.hpp"
#include "os/child.hpp"
#include "os/datagram.hpp"
#include "os/socket.hpp"
#include "os/unix_socket.hpp"

using namespace filesrv;
using namespace filesrv::os;

namespace {

/// A socket of datagrams under a name; '@' begins one of the abstract names, unix(7).
UniqueFd bind_datagram(const std::string& name) {
    UniqueFd fd = std::move(*open_unix_datagram());
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    name.copy(address.sun_path, sizeof address.sun_path - 1);
    if (name.front() == '@') address.sun_path[0] = '\0';
    const auto length = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + name.size());
    REQUIRE(::bind(fd.number(), reinterpret_cast<const sockaddr*>(&address), length) == 0);
    return fd;
}

std::string received(const UniqueFd& fd) {
    std::array<char, 64> buffer;
    return {buffer.data(), receive(fd.get(), buffer).bytes};
}

}  // namespace

TEST_CASE("an account has its own group first, and who has none of the name is told") {
    const auto root = find_account("root");
    REQUIRE(root);
    CHECK(root->uid == 0);
    const auto groups = groups_of(*root);
    REQUIRE_FALSE(groups.empty());
    CHECK(groups.front() == root->gid);
    CHECK(find_account("filesrv has no such user").error().code == ENOENT);
    CHECK(effective_uid() == ::geteuid());
}

TEST_CASE("a process that is not there cannot be opened") {
    CHECK(open_process(::getpid()));
    CHECK_FALSE(open_process(std::numeric_limits<int>::max()));
}

TEST_CASE("a datagram goes to a path, to an abstract name, or to whom a socket is connected with") {
    const test::TempFolder folder;
    const std::string path = (folder / "socket").string();
    const std::string abstract = "@filesrv-unit-" + std::to_string(::getpid());
    const UniqueFd here = bind_datagram(path);
    const UniqueFd there = bind_datagram(abstract);
    const auto sender = open_unix_datagram();
    REQUIRE(sender);
    CHECK(send_datagram(sender->get(), path, "one"));
    CHECK(received(here) == "one");
    CHECK(send_datagram(sender->get(), abstract, "two"));
    CHECK(received(there) == "two");
    CHECK(*local_unix_path(here.get()) == path);
    CHECK(*local_unix_path(there.get()) == abstract);
    CHECK(local_unix_path(sender->get())->empty());
    const auto connected = connect_unix_datagram(path);
    REQUIRE(connected);
    CHECK(send_connected(connected->get(), "three"));
    CHECK(received(here) == "three");
}

TEST_CASE("a name that no socket can have is too long") {
    const auto sender = open_unix_datagram();
    REQUIRE(sender);
    for (const std::string& name : {std::string(), std::string(sizeof(sockaddr_un::sun_path), 'x')}) {
        CHECK(send_datagram(sender->get(), name, "x").error().code == ENAMETOOLONG);
        CHECK(connect_unix_datagram(name).error().code == ENAMETOOLONG);
    }
}
