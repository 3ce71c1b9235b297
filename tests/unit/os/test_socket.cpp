// SPDX-License-Identifier: MIT
// Sockets and addresses, on loopback.
#include "os/socket.hpp"

#include <cerrno>
#include <string>
#include <vector>

#include <doctest/doctest.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "os/sockaddr.hpp"

using namespace filesrv;
using namespace filesrv::os;

namespace {

/// Both ends of a connection, ours by accept.
struct Connection {
    UniqueFd ours;
    UniqueFd theirs;
    PeerAddress peer;
};

Connection connect_loopback() {
    auto listener = listen_tcp(*parse_address("127.0.0.1", 0), 8);
    REQUIRE(listener.has_value());
    sockaddr_storage storage;
    const socklen_t length = to_sockaddr(*local_address(listener->get()), storage);
    UniqueFd client = UniqueFd::adopt(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    REQUIRE(::connect(client.number(), reinterpret_cast<const sockaddr*>(&storage), length) == 0);
    Accepted accepted = accept_nonblocking(listener->get());
    REQUIRE(accepted.fd.is_open());
    return Connection{.ours = std::move(accepted.fd), .theirs = std::move(client), .peer = accepted.peer};
}

void wait_readable(Fd fd) {
    pollfd entry{.fd = fd.number(), .events = POLLIN, .revents = 0};
    REQUIRE(::poll(&entry, 1, 5000) == 1);
}

}  // namespace

TEST_CASE("a numeric address is read and printed again, a name is none") {
    struct Row {
        const char* host;
        const char* text;
        bool loopback;
    };
    static constexpr Row rows[] = {
        {"127.0.0.1", "127.0.0.1:80", true},  {"127.255.255.255", "127.255.255.255:80", true},
        {"128.0.0.1", "128.0.0.1:80", false}, {"0.0.0.0", "0.0.0.0:80", false},
        {"::1", "[::1]:80", true},            {"::", "[::]:80", false},
        {"::2", "[::2]:80", false},           {"::ffff:127.0.0.1", "[::ffff:127.0.0.1]:80", true},
        {"::ffff:10.0.0.1", "[::ffff:10.0.0.1]:80", false},
    };
    for (const Row& row : rows) {
        CAPTURE(row.host);
        const auto address = parse_address(row.host, 80);
        REQUIRE(address.has_value());
        CHECK(address->text() == row.text);
        CHECK(address->host_text() == row.host);
        CHECK(address->is_loopback() == row.loopback);
        sockaddr_storage storage;
        REQUIRE(to_sockaddr(*address, storage) > 0);
        CHECK(from_sockaddr(storage) == *address);
    }
    for (const char* name : {"", "localhost", "127.1", "1.2.3.4.5", "[::1]", "256.0.0.1"})
        CHECK_FALSE(parse_address(name, 80));
    CHECK_FALSE(parse_address(std::string_view("127.0.0.1\0x", 11), 80));
}

TEST_CASE("a peer without an address is told by its kind") {
    CHECK(PeerAddress{.family = AddressFamily::unix_socket}.text() == "unix");
    CHECK(PeerAddress{.family = AddressFamily::none}.text() == "-");
}

TEST_CASE("hosts are compared without their ports") {
    const auto a = *parse_address("127.0.0.1", 1);
    CHECK(a.same_host(*parse_address("127.0.0.1", 2)));
    CHECK_FALSE(a.same_host(*parse_address("127.0.0.2", 1)));
    CHECK_FALSE(a.same_host(*parse_address("::1", 1)));
}

TEST_CASE("the resolver gives numbers, or an error with the name") {
    const auto found = resolve("127.0.0.1", 81);
    REQUIRE(found.has_value());
    CHECK(found->front().text() == "127.0.0.1:81");
    const auto missing = resolve("name.invalid", 81);  // RFC 6761 section 6.4: never resolves
    REQUIRE_FALSE(missing.has_value());
    CHECK(missing.error().subject.find("name.invalid") != std::string::npos);
}

TEST_CASE("an empty queue accepts nothing and says EAGAIN") {
    const auto listener = listen_tcp(*parse_address("127.0.0.1", 0), 8);
    REQUIRE(listener.has_value());
    const Accepted nobody = accept_nonblocking(listener->get());
    CHECK_FALSE(nobody.fd.is_open());
    CHECK(nobody.error == EAGAIN);
}

TEST_CASE("an accepted connection is non-blocking, close-on-exec, and knows its peer") {
    const Connection connection = connect_loopback();
    CHECK((::fcntl(connection.ours.number(), F_GETFL) & O_NONBLOCK) != 0);
    CHECK((::fcntl(connection.ours.number(), F_GETFD) & FD_CLOEXEC) != 0);
    CHECK(connection.peer == *local_address(connection.theirs.get()));
    CHECK(connection.peer.is_loopback());
    CHECK(pending_error(connection.ours.get()) == 0);
}

TEST_CASE("bytes come in order, then nothing, then the end") {
    const Connection connection = connect_loopback();
    char buffer[64];
    CHECK(receive(connection.ours.get(), buffer).would_block());
    const std::string_view parts[] = {"one ", "", "two ", "three"};
    const IoResult sent = send_parts(connection.ours.get(), parts);
    CHECK(sent.ok());
    CHECK(sent.bytes == 13);
    std::string got;
    while (got.size() < 13) {
        wait_readable(connection.theirs.get());
        const IoResult result = receive(connection.theirs.get(), buffer);
        REQUIRE(result.ok());
        got.append(buffer, result.bytes);
    }
    CHECK(got == "one two three");
    shut_down_sending(connection.ours.get());
    wait_readable(connection.theirs.get());
    CHECK(receive(connection.theirs.get(), buffer).is_end());
    CHECK(send(connection.theirs.get(), "back").bytes == 4);  // half-closed: the other direction still works
}

TEST_CASE("what waits for more leaves with it") {
    const Connection connection = connect_loopback();
    set_no_delay(connection.ours.get());
    CHECK(send(connection.ours.get(), "head", More::yes).bytes == 4);
    char buffer[64];
    CHECK(receive(connection.theirs.get(), buffer).would_block());
    CHECK(send(connection.ours.get(), "body").bytes == 4);
    wait_readable(connection.theirs.get());
    CHECK(receive(connection.theirs.get(), buffer).bytes == 8);
}

TEST_CASE("of what a peer does not read the kernel keeps no more than the bound, and what is on its way") {
    const std::vector<char> block(16 * 1024);
    const auto taken = [&](const Connection& connection) {
        std::size_t bytes = 0;
        for (IoResult result; result.ok(); bytes += result.bytes)
            result = send(connection.ours.get(), std::string_view(block.data(), block.size()));
        return bytes;
    };
    const Connection usual = connect_loopback();
    const Connection bounded = connect_loopback();
    bound_unsent(bounded.ours.get(), 32 * 1024);
    const std::size_t kept = taken(bounded);
    CHECK(kept > 0);
    CHECK(kept * 4 < taken(usual));
}

TEST_CASE("a full peer takes what fits and then would block; a vanished one is EPIPE, not a signal") {
    Connection connection = connect_loopback();
    const std::vector<char> block(1 << 20);
    IoResult result;
    while (result.ok()) result = send(connection.ours.get(), std::string_view(block.data(), block.size()));
    CHECK(result.would_block());
    connection.theirs.reset();
    do {
        result = send(connection.ours.get(), "x");
    } while (result.ok() || result.would_block());
    CHECK((result.error == EPIPE || result.error == ECONNRESET));
}

TEST_CASE("only a listening stream socket is a listener") {
    const auto listener = listen_tcp(*parse_address("127.0.0.1", 0), 1);
    REQUIRE(listener.has_value());
    CHECK(is_stream_listener(listener->get()));
    CHECK_FALSE(is_stream_listener(UniqueFd::adopt(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)).get()));
    CHECK_FALSE(is_stream_listener(UniqueFd::adopt(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0)).get()));
    CHECK_FALSE(is_stream_listener(UniqueFd::adopt(::open("/dev/null", O_RDONLY | O_CLOEXEC)).get()));
    CHECK_FALSE(is_stream_listener(Fd()));
}

TEST_CASE("an adopted descriptor loses its blocking and will not be inherited again") {
    const UniqueFd fd = UniqueFd::adopt(::socket(AF_INET, SOCK_STREAM, 0));
    REQUIRE(adopt_flags(fd.get()).has_value());
    CHECK((::fcntl(fd.number(), F_GETFL) & O_NONBLOCK) != 0);
    CHECK((::fcntl(fd.number(), F_GETFD) & FD_CLOEXEC) != 0);
    CHECK_FALSE(adopt_flags(Fd()).has_value());
}

TEST_CASE("a second listener cannot take a port that is listened on") {
    const auto first = listen_tcp(*parse_address("127.0.0.1", 0), 1);
    REQUIRE(first.has_value());
    const auto second = listen_tcp(*local_address(first->get()), 1);
    REQUIRE_FALSE(second.has_value());
    CHECK(second.error().code == EADDRINUSE);
}
