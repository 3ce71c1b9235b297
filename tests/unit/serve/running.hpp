// SPDX-License-Identifier: MIT
// A server that really serves, in threads of its own, and clients that talk to it over TCP.
#pragma once

#include <doctest/doctest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <future>
#include <string>
#include <string_view>
#include <thread>
#include <utility>

#include "../store/uploading.hpp"
#include "event/loop.hpp"
#include "os/sockaddr.hpp"
#include "os/socket.hpp"
#include "serve/entity.hpp"
#include "serve/inspection.hpp"
#include "serve/reactor.hpp"
#include "serve/server.hpp"

namespace filesrv::test {

/// A blocking client; what it waits for comes within seconds or fails the test.
class TcpClient {
public:
    explicit TcpClient(std::uint16_t port) : socket_(os::UniqueFd::adopt(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0))) {
        sockaddr_in server{};
        server.sin_family = AF_INET;
        server.sin_port = htons(port);
        server.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        const timeval patience{.tv_sec = 20, .tv_usec = 0};
        REQUIRE(::setsockopt(number(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience) == 0);
        REQUIRE(::connect(number(), reinterpret_cast<const sockaddr*>(&server), sizeof server) == 0);
    }

    void send(std::string_view bytes) { REQUIRE(::send(number(), bytes.data(), bytes.size(), MSG_NOSIGNAL) == ssize_t(bytes.size())); }
    /// At most `most` bytes; fewer when the server closed.
    std::string receive(std::size_t most) {
        std::string all(most, '\0');
        std::size_t size = 0;
        while (size < most) {
            const ssize_t got = ::recv(number(), all.data() + size, most - size, 0);
            if (got < 0) REQUIRE(errno == ECONNRESET);
            if (got <= 0) break;
            size += static_cast<std::size_t>(got);
        }
        all.resize(size);
        return all;
    }
    /// An answer's head, the empty line included.
    std::string receive_head() {
        std::string head;
        while (!head.ends_with("\r\n\r\n")) {
            const std::string next = receive(1);
            REQUIRE(next.size() == 1);
            head += next;
        }
        return head;
    }
    /// Sends and takes an answer that has a Content-Length, or none and no body.
    std::string exchange(std::string_view request) {
        send(request);
        std::string answer = receive_head();
        constexpr std::string_view field = "Content-Length: ";
        const auto at = answer.find(field);
        if (at != answer.npos && !request.starts_with("HEAD")) answer += receive(std::stoul(answer.substr(at + field.size())));
        return answer;
    }
    [[nodiscard]] os::Fd socket() const noexcept { return socket_.get(); }
    [[nodiscard]] bool is_closed_by_server() { return receive(1).empty(); }

private:
    [[nodiscard]] int number() const noexcept { return socket_.get().number(); }

    os::UniqueFd socket_;
};

/// Our end of the client's connection: whichever descriptor of this process has the client's as its peer.
inline os::Fd end_of(const TcpClient& client) {
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

class Running {
public:
    [[nodiscard]] static os::UniqueFd listen(std::array<std::uint8_t, 16> address) {
        return *os::listen_tcp({.family = os::AddressFamily::v4, .port = 0, .bytes = address}, 100);
    }
    /// `change` may change the settings.
    template <class Change>
    explicit Running(Change change, os::UniqueFd listener = listen({127, 0, 0, 1}))
        : root_(), listener_(std::move(listener)),
          server_(settings(change), open_store(root_.path(), store_options()), access_log()) {
        const serve::ListenSocket listen{.fd = listener_.get()};
        REQUIRE(server_.start(std::span(&listen, 1)));
        thread_ = std::thread([this] { (void)server_.run([](serve::Leaving) {}); });
    }
    Running() : Running([](serve::Settings&) {}) {}
    ~Running() {
        stop_.post_to(server_);
        thread_.join();
        server_.pool().shutdown();
    }

    [[nodiscard]] const TempFolder& root() const noexcept { return root_; }
    [[nodiscard]] serve::Server& server() noexcept { return server_; }
    [[nodiscard]] std::uint16_t port() const { return os::local_address(listener_.get())->port; }

    [[nodiscard]] serve::ConnectionList connections(std::size_t most = 1000) {
        std::promise<serve::ConnectionList> told;
        server_.list_connections(most, [&](serve::ConnectionList list) { told.set_value(std::move(list)); });
        return told.get_future().get();
    }
    [[nodiscard]] bool kick(std::uint64_t id) {
        std::promise<bool> told;
        server_.kick(id, [&](bool found) { told.set_value(found); });
        return told.get_future().get();
    }
    [[nodiscard]] observe::Snapshot figures() {
        observe::Snapshot snapshot;
        server_.fill(snapshot);
        return snapshot;
    }

private:
    struct Stop final : event::Message {
        void post_to(serve::Server& server) {
            stopped = &server;
            server.reactor(0).inbox().post(*this);
        }
        void deliver() noexcept override { stopped->stop(); }
        serve::Server* stopped = nullptr;
    };

    template <class Change>
    static serve::Settings settings(Change change) {
        serve::Settings made;
        made.connections_max = 100;
        made.workers_min = 1;
        made.workers_max = 4;
        made.timeout_min = std::chrono::seconds(5);
        made.timeout_max = std::chrono::seconds(20);
        made.stall_timeout = made.drain_timeout = std::chrono::seconds(30);
        change(made);
        return made;
    }
    static store::StoreOptions store_options() {
        store::StoreOptions options;
        options.durability = store::Durability::none;
        options.annotate = [](store::Entry& entry) { serve::set_ready_heads(entry, serve::entity_policy_of("", false)); };
        return options;
    }
    static serve::AccessLog access_log() {
        auto log = serve::AccessLog::open(serve::AccessLogFormat::off, "");
        REQUIRE(log);
        return std::move(*log);
    }

    TempFolder root_;
    os::UniqueFd listener_;
    serve::Server server_;
    Stop stop_;
    std::thread thread_;
};

}  // namespace filesrv::test
