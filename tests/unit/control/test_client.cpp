// SPDX-License-Identifier: MIT
// The client half against peers that answer, stay silent, break off, never end, or are not there.
#include "control/client.hpp"

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <string>
#include <thread>

#include <doctest/doctest.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "../store/temp_folder.hpp"
#include "os/socket.hpp"
#include "os/unix_socket.hpp"
#include "os/wait_readable.hpp"

using namespace filesrv;
using namespace filesrv::control;
using namespace std::chrono_literals;

namespace {

constexpr Duration long_enough = 20s;

/// A socket file in a folder of its own, with whoever listens.
struct Place {
    test::TempFolder folder;
    std::string path = (folder / "x.sock").string();
    Result<os::UnixListener> listener = os::listen_unix(path, 8);
};

/// Our end of the client's connection.
os::UniqueFd accept_one(const Place& place) {
    const std::array listening{place.listener->fd.get()};
    REQUIRE(os::wait_readable(listening, long_enough));
    os::Accepted accepted = os::accept_nonblocking(place.listener->fd.get());
    REQUIRE(accepted.fd.is_open());
    return std::move(accepted.fd);
}

/// Another kind of socket than is expected there.
os::UniqueFd listen_for_datagrams(const std::string& path) {
    os::UniqueFd fd = os::UniqueFd::adopt(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    sockaddr_un address{.sun_family = AF_UNIX, .sun_path = {}};
    path.copy(address.sun_path, sizeof address.sun_path - 1);
    REQUIRE(::bind(fd.number(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
    return fd;
}

}  // namespace

TEST_CASE("an answer comes back line by line, however it is cut") {
    const Place place;
    auto client = Client::connect(place.path, long_enough);
    REQUIRE(client.has_value());
    const os::UniqueFd peer = accept_one(place);
    REQUIRE(client->send("ping"));
    std::array<char, 64> buffer;
    CHECK(std::string(buffer.data(), os::receive(peer.get(), buffer).bytes) == "ping\n");
    REQUIRE(os::send(peer.get(), "{\"ok\":true}\n{\"le").ok());
    CHECK(client->receive(long_enough).value() == "{\"ok\":true}");
    const auto early = client->receive(1ms);
    REQUIRE_FALSE(early.has_value());
    CHECK(early.error().trouble == Trouble::silent);
    CHECK(early.error().text == place.path + ": no answer in time");
    REQUIRE(os::send(peer.get(), "ft\":1}\n\n").ok());
    CHECK(client->receive(long_enough).value() == "{\"left\":1}");
    CHECK(client->receive(long_enough).value().empty());
}

TEST_CASE("who is not there is told from who has gone, and from who stays silent") {
    Place place;
    const auto absent = Client::connect(place.path + "x", long_enough);
    REQUIRE_FALSE(absent.has_value());
    CHECK(absent.error().trouble == Trouble::absent);
    CHECK(absent.error().text == place.path + "x: there is no control socket");

    auto client = Client::connect(place.path, long_enough);
    REQUIRE(client.has_value());
    { const os::UniqueFd peer = accept_one(place); }
    const auto broken = client->ask("ping", long_enough);
    REQUIRE_FALSE(broken.has_value());
    CHECK(broken.error().trouble == Trouble::ended);
    CHECK(broken.error().text.starts_with(place.path + ": "));

    auto answered = Client::connect(place.path, long_enough);
    REQUIRE(answered.has_value());
    REQUIRE(os::send(accept_one(place).get(), "{}\n").ok());
    CHECK(answered->receive(long_enough).value() == "{}");
    const auto later = answered->receive(long_enough);
    REQUIRE_FALSE(later.has_value());
    CHECK(later.error().trouble == Trouble::broken);

    const auto no_socket = Client::connect("/dev/null/x", long_enough);
    REQUIRE_FALSE(no_socket.has_value());
    CHECK(no_socket.error().trouble == Trouble::absent);
    const os::UniqueFd datagrams = listen_for_datagrams(place.path + "d");
    const auto unfit = Client::connect(place.path + "d", long_enough);
    REQUIRE_FALSE(unfit.has_value());
    CHECK(unfit.error().trouble == Trouble::broken);
    CHECK(unfit.error().text == place.path + "d: " + std::strerror(EPROTOTYPE));

    place.listener->fd.reset();
    const auto stale = Client::connect(place.path, long_enough);
    REQUIRE_FALSE(stale.has_value());
    CHECK(stale.error().trouble == Trouble::stale);

    std::FILE* const plain = std::fopen((place.path + "f").c_str(), "w");
    REQUIRE(plain != nullptr);
    std::fclose(plain);
    for (const std::string& other : {place.path + "f", place.folder.path().string()}) {
        const auto no_socket_at_all = Client::connect(other, long_enough);
        REQUIRE_FALSE(no_socket_at_all.has_value());
        CHECK(no_socket_at_all.error().trouble == Trouble::broken);
        CHECK(no_socket_at_all.error().text == other + ": is no socket");
    }

    const auto too_long = Client::connect(std::string(200, 'x'), long_enough);
    REQUIRE_FALSE(too_long.has_value());
    CHECK(too_long.error().trouble == Trouble::broken);
}

TEST_CASE("a mode that keeps us out is no permission") {
    if (::geteuid() == 0) return;  // nothing keeps root out
    const Place place;
    std::filesystem::permissions(place.path, std::filesystem::perms::none);
    const auto forbidden = Client::connect(place.path, long_enough);
    REQUIRE_FALSE(forbidden.has_value());
    CHECK(forbidden.error().trouble == Trouble::forbidden);
}

TEST_CASE("a full queue is waited for, and not for ever") {
    Place place;
    place.listener = os::listen_unix(place.path + "2", 1);
    std::vector<Client> clients;
    for (;;) {
        auto client = Client::connect(place.path + "2", 0s);
        if (!client) {
            CHECK(client.error().trouble == Trouble::silent);
            break;
        }
        REQUIRE(clients.size() < 100);
        clients.push_back(*std::move(client));
    }
    CHECK_FALSE(Client::connect(place.path + "2", 25ms).has_value());
    std::thread accepting([&] { accept_one(place); });
    CHECK(Client::connect(place.path + "2", long_enough).has_value());
    accepting.join();
}

TEST_CASE("an answer from a peer that refuses and closes is still the answer") {
    const Place place;
    auto client = Client::connect(place.path, long_enough);
    REQUIRE(client.has_value());
    {
        const os::UniqueFd peer = accept_one(place);
        REQUIRE(os::send(peer.get(), "{\"ok\":false}\n").ok());
    }
    CHECK(client->ask("ping", long_enough).value() == "{\"ok\":false}");
}

TEST_CASE("an answer without an end is given up at its limit") {
    const Place place;
    auto client = Client::connect(place.path, long_enough);
    REQUIRE(client.has_value());
    const os::UniqueFd peer = accept_one(place);
    std::jthread pouring([&](const std::stop_token& stop) {
        const std::string bytes(64 * 1024, 'x');
        while (!stop.stop_requested()) {
            const os::IoResult sent = os::send(peer.get(), bytes);
            if (!sent.ok() && !sent.would_block()) return;
            if (sent.would_block()) std::this_thread::sleep_for(1ms);
        }
    });
    const auto endless = client->receive(long_enough);
    REQUIRE_FALSE(endless.has_value());
    CHECK(endless.error().trouble == Trouble::broken);
    CHECK(endless.error().text == place.path + ": an answer without an end");
}
