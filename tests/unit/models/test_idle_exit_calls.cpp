// SPDX-License-Identifier: MIT
// The idle exit, and a client that acts just before any one of the server's system calls: nobody may be lost.
//
// The server is the real one, and turns in this thread. One run for each call between its start and its end, for each
// kind of client, with a listener of its own and with one that a service manager keeps.
#include <doctest/doctest.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "../serve/running.hpp"
#include "watched_calls.hpp"

using namespace filesrv;
using namespace filesrv::test;
using namespace std::chrono_literals;

namespace {

constexpr std::string_view request = "GET /a.txt HTTP/1.1\r\nHost: localhost\r\n\r\n";

enum class Deed { new_request, kept_request, kept_request_in_two };

/// A client that neither blocks nor fails the test when it is refused.
class Peer {
public:
    explicit Peer(std::uint16_t port) : socket_(os::UniqueFd::adopt(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0))) {
        sockaddr_in to{};
        to.sin_family = AF_INET;
        to.sin_port = htons(port);
        to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        const int on = 1;  // without it the second half of a request would wait for the first to be acknowledged
        (void)::setsockopt(socket_.get().number(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        (void)::connect(socket_.get().number(), reinterpret_cast<const sockaddr*>(&to), sizeof to);
    }
    void say(std::string_view bytes) { (void)::send(socket_.get().number(), bytes.data(), bytes.size(), MSG_NOSIGNAL); }
    /// All answers that have come.
    std::size_t answers() {
        char bytes[4096];
        for (ssize_t got; (got = ::recv(socket_.get().number(), bytes, sizeof bytes, MSG_DONTWAIT)) > 0;) heard_.append(bytes, got);
        std::size_t count = 0;
        for (auto at = heard_.find("HTTP/1.1 200 OK"); at != heard_.npos; at = heard_.find("HTTP/1.1 200 OK", at + 1)) ++count;
        return count;
    }

private:
    os::UniqueFd socket_;
    std::string heard_;
};

/// Calls between the halves of a request: enough for the server to leave, if it overlooks the first.
constexpr std::size_t between_halves = 8;

struct Plan {
    Deed deed = Deed::new_request;
    std::size_t call = 0;     ///< just before this one
    bool inherited = false;
    bool blind = false;       ///< the last looks find nothing: what the test must notice
};

/// One life of a server.
class Life final : public CallWatcher {
public:
    Life(std::uint16_t port, const Plan& plan) : plan_(plan), port_(port), kept_(port) { kept_.say(request); }

    void before(std::string_view call) override {
        if (is_acting_) return;  // the client's own
        FS_ASSERT(calls < 20'000);  // else it never leaves
        is_acting_ = true;
        if (calls == plan_.call) act();
        if (calls == plan_.call + between_halves && plan_.deed == Deed::kept_request_in_two) kept_.say(request.substr(20));
        is_acting_ = false;
        if (call == "poll" && !was_polling_) first_poll = calls;
        has_looked_ = has_looked_ || call == "poll";
        was_polling_ = call == "poll";
        if (was_polling_ || (call == "epoll_wait" && plan_.deed == Deed::kept_request)) last_look = calls;
        ++calls;
    }
    bool is_blind(std::string_view call) override { return plan_.blind && !is_acting_ && (call == "poll" || has_looked_); }

    void act() {
        switch (plan_.deed) {
            case Deed::new_request: newcomer_.emplace(port_).say(request); return;
            case Deed::kept_request: kept_.say(request); return;
            case Deed::kept_request_in_two: kept_.say(request.substr(0, 20)); return;
        }
    }

    /// Whether the request of the deed was answered.
    bool is_answered() {
        is_acting_ = true;
        const std::size_t of_kept = kept_.answers();
        return plan_.deed == Deed::new_request ? newcomer_ && newcomer_->answers() == 1 : of_kept == 2;
    }

    std::size_t calls = 0;
    std::size_t first_poll = 0;  ///< of the last look: at the listeners
    std::size_t last_look = 0;   ///< of all, at the connections; a whole request is even taken in the turn after it

private:
    const Plan plan_;
    const std::uint16_t port_;
    Peer kept_;
    std::optional<Peer> newcomer_;
    bool is_acting_ = false;
    bool was_polling_ = false;
    bool has_looked_ = false;
};

struct Outcome {
    std::size_t calls = 0;
    bool is_lost = false;  ///< asked in time, and neither answered nor left for the next server
};

serve::Settings settings() {
    serve::Settings made;
    made.connections_max = 10;
    made.workers_min = made.workers_max = 1;
    made.timeout_min = 5s;
    made.timeout_max = 20s;
    made.stall_timeout = made.drain_timeout = 30s;
    made.idle_shutdown = 1s;
    return made;
}

Outcome live(const TempFolder& root, const Plan& plan) {
    const auto listener = *os::listen_tcp({.family = os::AddressFamily::v4, .port = 0, .bytes = {127, 0, 0, 1}}, 100);
    Life life(os::local_address(listener.get())->port, plan);
    {
        serve::Server server(settings(), open_store(root.path()), *serve::AccessLog::open(serve::AccessLogFormat::off, ""));
        const serve::ListenSocket socket{.fd = listener.get(), .inherited = plan.inherited};
        REQUIRE(server.start(std::span(&socket, 1)));
        const auto left = server.run([](serve::Leaving) {});
        REQUIRE((left && *left == serve::Leaving::idle));
    }
    Outcome outcome{.calls = life.calls};
    if (plan.call >= outcome.calls || life.is_answered()) return outcome;
    FS_ASSERT(life.last_look > 0);
    const bool is_new = plan.deed == Deed::new_request;
    // A queue that a service manager keeps starts the next server; one of our own was looked at last at the first poll.
    if (is_new && plan.inherited) outcome.is_lost = !os::accept_nonblocking(listener.get()).fd.is_open();
    else outcome.is_lost = plan.call <= (is_new ? life.first_poll : life.last_look);
    return outcome;
}

/// How many of all the lives lost somebody, and how many there were.
struct Sum {
    std::size_t lives = 0;
    std::size_t lost = 0;
};

Sum live_through_all(Deed deed, bool inherited, bool blind) {
    // Where the reactor answers by itself, as it does not on an overlay: a worker's time is not the one that moves here.
    TempFolder root(in_memory());
    write_file(root / "a.txt", "hello");
    Sum sum;
    for (std::size_t call = 0, calls = 1; call < calls; ++call, ++sum.lives) {
        const Outcome outcome = live(root, {.deed = deed, .call = call, .inherited = inherited, .blind = blind});
        calls = outcome.calls;
        if (outcome.is_lost) ++sum.lost;
    }
    return sum;
}

}  // namespace

TEST_CASE("whoever asks at any system call of an idle exit is answered, or left for the next server") {
    for (const Deed deed : {Deed::new_request, Deed::kept_request, Deed::kept_request_in_two}) {
        for (const bool inherited : {false, true}) {
            CAPTURE(static_cast<int>(deed));
            CAPTURE(inherited);
            const Sum sum = live_through_all(deed, inherited, false);
            CHECK(sum.lost == 0);
            CHECK(sum.lives > 20);
        }
    }
}

TEST_CASE("an idle exit that does not look once more loses somebody") {
    CHECK(live_through_all(Deed::new_request, false, true).lost > 0);
    CHECK(live_through_all(Deed::kept_request, true, true).lost > 0);
    CHECK(live_through_all(Deed::kept_request_in_two, true, true).lost > 0);
}
