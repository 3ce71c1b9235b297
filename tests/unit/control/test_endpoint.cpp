// SPDX-License-Identifier: MIT
// The endpoint with its thread, a loop that the test turns, and real sockets.
#include "control/endpoint.hpp"

#include <atomic>
#include <functional>
#include <new>
#include <string>
#include <thread>
#include <vector>

#include <doctest/doctest.h>
#include <sys/resource.h>

#include "../store/temp_folder.hpp"
#include "control/client.hpp"
#include "os/clock.hpp"
#include "os/socket.hpp"
#include "os/unix_socket.hpp"

using namespace filesrv;
using namespace filesrv::control;
using namespace std::chrono_literals;

namespace {

constexpr Duration long_enough = 20s;
const os::SystemClock real_clock;

/// Answers with what it was asked; keeps `upgrade` for later.
class Echo final : public Handler {
public:
    std::optional<std::string> answer_here(const Request& request) override {
        if (request.command != Command::status) return std::nullopt;
        return Answer().add("command", "status, here").line();
    }
    void handle(Call& call) override {
        const Request& request = call.request();
        ++handled;
        if (lacks_memory) throw std::bad_alloc();
        switch (request.command) {
            case Command::upgrade: kept.push_back(&call); return;
            case Command::kick: return call.refuse(Code::not_found, "no connection " + request.argument);
            case Command::drain:
            case Command::stop: return call.answer(Answer().add("state", "draining"), Call::Then::tell_the_end);
            case Command::connections: return call.answer([this] { return Answer().add("text", std::string(answer_bytes, 'x')).line(); });
            case Command::ping:
            case Command::status:
            case Command::reload:
            case Command::log_level: return call.answer(Answer().add("command", name(request.command)));
        }
    }
    void work_began() noexcept override { ++busy; }
    void work_ended() noexcept override { --busy; }

    std::vector<Call*> kept;
    std::size_t answer_bytes = 8 << 20;
    bool lacks_memory = false;
    std::atomic<int> handled{0};
    std::atomic<int> busy{0};
};

/// An endpoint on a socket of its own. The main loop turns in wait().
struct Stage {
    explicit Stage(const Limits& limits = {}) : endpoint(limits) {
        REQUIRE(listener.has_value());
        REQUIRE(endpoint.begin(*loop, listener->fd.get(), handler).has_value());
    }
    ~Stage() { endpoint.leave("over", Backlog::leave); }

    void wait(const std::function<bool()>& until) {
        const Instant deadline = os::monotonic_now() + long_enough;
        while (!until()) {
            REQUIRE(os::monotonic_now() < deadline);
            loop->turn(1ms);
        }
    }
    Client connect() { return *Client::connect(path, long_enough); }
    /// What a client makes of a request, while the loop turns.
    std::string ask(Client& client, const std::string& line) {
        std::atomic<bool> done{false};
        std::string answer;
        std::jthread asking([&] {
            const auto got = client.ask(line, long_enough);
            answer = got ? *got : "failed: " + got.error().text;
            done = true;
        });
        wait([&] { return done.load(); });
        return answer;
    }
    /// Once those who have gone are seen to have gone.
    void answers_again() {
        wait([this] {
            Client client = connect();
            return ask(client, "ping").starts_with(R"({"ok":true)");
        });
    }
    static std::string next(Client& client) {
        const auto got = client.receive(long_enough);
        return got ? *got : "failed: " + got.error().text;
    }
    [[nodiscard]] std::string closed() const { return "failed: " + path + ": the daemon closed the connection without an answer"; }

    test::TempFolder folder;
    std::string path = (folder / "x.sock").string();
    Result<os::UnixListener> listener = os::listen_unix(path, 64);
    Echo handler;
    Endpoint endpoint;
    std::unique_ptr<event::Loop> loop = *event::Loop::create(real_clock);
};

std::size_t threads() { return static_cast<std::size_t>(std::distance(std::filesystem::directory_iterator("/proc/self/task"), {})); }

}  // namespace

TEST_CASE("requests of one connection are answered in order, good ones and bad ones") {
    Stage stage;
    Client client = stage.connect();
    CHECK(stage.ask(client, "ping") == R"({"ok":true,"protocol":1,"command":"ping"})");
    REQUIRE(client.send("status\r"));
    REQUIRE(client.send("nonsense"));
    REQUIRE(client.send("kick 9"));
    CHECK(stage.ask(client, "log-level debug") == R"({"ok":true,"protocol":1,"command":"status, here"})");
    CHECK(Stage::next(client).starts_with(R"({"ok":false,"protocol":1,"code":"unknown_command")"));
    stage.wait([&] { return stage.handler.handled == 3; });
    CHECK(Stage::next(client) == R"({"ok":false,"protocol":1,"code":"not_found","error":"no connection 9"})");
    CHECK(Stage::next(client) == R"({"ok":true,"protocol":1,"command":"log-level"})");
    stage.wait([&] { return stage.handler.busy == 0; });
}

TEST_CASE("while nobody asks there is no thread, and afterwards there is none again") {
    const std::size_t before = threads();
    Stage stage({.rest_after = 30ms});
    stage.loop->turn(1ms);
    CHECK(threads() == before);
    for (int round = 0; round < 3; ++round) {
        {
            Client client = stage.connect();
            CHECK(stage.ask(client, "ping") == R"({"ok":true,"protocol":1,"command":"ping"})");
            CHECK(threads() == before + 1);
        }
        stage.wait([&] { return threads() == before; });
    }
}

TEST_CASE("who comes in the turn in which the thread would have ended is answered") {
    Stage stage({.rest_after = Duration::zero()});
    for (int round = 0; round < 200; ++round) {
        Client client = stage.connect();
        REQUIRE(stage.ask(client, "ping") == R"({"ok":true,"protocol":1,"command":"ping"})");
    }
}

TEST_CASE("a line that is too long ends the connection, and says why") {
    Stage stage;
    Client client = stage.connect();
    CHECK(stage.ask(client, std::string(request_bytes_max, 'x')) ==
          R"({"ok":false,"protocol":1,"code":"too_long","error":"a request has at most 4096 bytes"})");
    CHECK(Stage::next(client).starts_with("failed: "));
}

TEST_CASE("who comes when all places are taken is told so") {
    Stage stage({.sessions_max = 2});
    Client one = stage.connect();
    Client two = stage.connect();
    CHECK(stage.ask(one, "ping").starts_with(R"({"ok":true)"));
    CHECK(stage.ask(two, "ping").starts_with(R"({"ok":true)"));
    Client three = stage.connect();
    CHECK(Stage::next(three) == R"({"ok":false,"protocol":1,"code":"busy","error":"2 control connections are open, which is the limit"})");
    CHECK(Stage::next(three) == stage.closed());
    { const Client gone = std::move(one); }
    stage.answers_again();
}

TEST_CASE("who asks more than an interval's share waits for the next, and nobody else is kept from theirs for longer") {
    Stage stage;
    Client greedy = stage.connect();
    CHECK(stage.ask(greedy, "ping").starts_with(R"({"ok":true)"));
    const Instant began = os::monotonic_now();
    std::string lines;
    for (unsigned count = 0; count < 2 * limits::budget; ++count) lines += "x\n";
    REQUIRE(os::send(greedy.fd(), lines).bytes == lines.size());
    Client modest = stage.connect();
    CHECK(stage.ask(modest, "ping").starts_with(R"({"ok":true)"));
    for (unsigned count = 0; count < 2 * limits::budget; ++count) CHECK(Stage::next(greedy).starts_with(R"({"ok":false)"));
    CHECK(os::monotonic_now() - began >= limits::budget_interval / 2);  // the first of the intervals may have begun before
}

TEST_CASE("a silent connection is closed after a while, and so is one that does not read") {
    const Instant began = os::monotonic_now();
    {
        Stage stage({.idle_timeout = 40ms});
        Client silent = stage.connect();
        stage.loop->turn(1s);
        CHECK(Stage::next(silent) == stage.closed());
        CHECK(os::monotonic_now() - began >= 40ms);
    }
    Stage stage({.write_timeout = 60ms});  // here nobody who is slow to ask is taken for silent
    Client deaf = stage.connect();
    REQUIRE(deaf.send("connections"));
    stage.wait([&] { return stage.handler.handled == 1; });
    stage.wait([&] { return stage.handler.busy == 0; });
    CHECK(os::monotonic_now() - began >= 100ms);
}

TEST_CASE("a peer that has said all may still hear the answer") {
    Stage stage;
    Client client = stage.connect();
    REQUIRE(client.send("connections"));
    os::shut_down_sending(client.fd());
    stage.wait([&] { return stage.handler.handled == 1; });
    CHECK(Stage::next(client).size() > stage.handler.answer_bytes);
    CHECK(Stage::next(client) == stage.closed());
}

TEST_CASE("a main loop that does not answer is said to, and its late answer finds nobody") {
    Stage stage({.upgrade_patience = 200ms});
    Client client = stage.connect();
    CHECK(stage.ask(client, "upgrade") == R"({"ok":false,"protocol":1,"code":"failed","error":"the daemon's main loop did not answer in time"})");
    CHECK(Stage::next(client) == stage.closed());
    REQUIRE(stage.handler.kept.size() == 1);
    stage.handler.kept.front()->answer(Answer());
    Client other = stage.connect();
    CHECK(stage.ask(other, "ping").starts_with(R"({"ok":true)"));
    CHECK(stage.handler.busy == 0);
}

TEST_CASE("a request for which the daemon lacks memory is answered all the same") {
    Stage stage;
    Client client = stage.connect();
    stage.handler.lacks_memory = true;
    CHECK(stage.ask(client, "ping") == R"({"ok":false,"protocol":1,"code":"failed","error":"the daemon is out of memory"})");
    stage.handler.lacks_memory = false;
    CHECK(stage.ask(client, "ping").starts_with(R"({"ok":true)"));
    CHECK(stage.handler.busy == 0);
}

TEST_CASE("who asks while there are no descriptors left is answered when there are again") {
    Stage stage;
    Client client = stage.connect();
    rlimit before{};
    REQUIRE(::getrlimit(RLIMIT_NOFILE, &before) == 0);
    const rlimit none{.rlim_cur = 0, .rlim_max = before.rlim_max};
    REQUIRE(::setrlimit(RLIMIT_NOFILE, &none) == 0);
    stage.loop->turn(1ms);  // finds who has come, and nothing to serve them with
    REQUIRE(::setrlimit(RLIMIT_NOFILE, &before) == 0);
    CHECK(stage.ask(client, "ping").starts_with(R"({"ok":true)"));
}

TEST_CASE("no more requests wait for a main loop that does nothing than it may remember") {
    Stage stage({.sessions_max = limits::calls_max + 2});
    Client more = stage.connect();
    CHECK(stage.ask(more, "status").starts_with(R"({"ok":true)"));
    std::vector<Client> clients;
    for (std::size_t count = 0; count < limits::calls_max; ++count) {
        clients.push_back(stage.connect());
        REQUIRE(clients.back().send("upgrade"));
    }
    stage.wait([&] { return stage.handler.handled == static_cast<int>(limits::calls_max); });
    CHECK(stage.ask(more, "ping") == R"({"ok":false,"protocol":1,"code":"busy","error":"too many requests wait for the daemon's main loop"})");
    stage.handler.kept.front()->answer(Answer());
    stage.answers_again();
    for (Call* call : std::span(stage.handler.kept).subspan(1)) call->answer(Answer());
}

TEST_CASE("when the daemon leaves, who waits for it is told, what has come is answered, and nobody else is waited for") {
    Stage stage;
    Client draining = stage.connect();
    CHECK(stage.ask(draining, "drain") == R"({"ok":true,"protocol":1,"state":"draining"})");
    Client silent = stage.connect();
    CHECK(stage.ask(silent, "ping").starts_with(R"({"ok":true)"));
    Client late = stage.connect();
    REQUIRE(late.send("status"));
    Client stopping = stage.connect();
    REQUIRE(stopping.send("stop"));
    stage.endpoint.leave("leaving: \"because\"", Backlog::answer);
    CHECK(Stage::next(draining) == R"({"ok":true,"protocol":1,"left":"leaving: \"because\""})");
    CHECK(Stage::next(draining) == stage.closed());
    CHECK(Stage::next(silent) == stage.closed());
    CHECK(Stage::next(late) == R"({"ok":true,"protocol":1,"command":"status, here"})");
    CHECK(Stage::next(late) == stage.closed());
    CHECK(Stage::next(stopping) == R"({"ok":true,"protocol":1,"state":"draining"})");
    CHECK(Stage::next(stopping) == R"({"ok":true,"protocol":1,"left":"leaving: \"because\""})");
    CHECK(Stage::next(stopping) == stage.closed());
    CHECK(stage.handler.busy == 0);
}

TEST_CASE("the last words of the daemon take no longer than they may, whoever does not listen") {
    Stage stage({.leave_patience = 50ms});
    Client deaf = stage.connect();
    REQUIRE(deaf.send("connections"));
    Client unanswered = stage.connect();
    REQUIRE(unanswered.send("upgrade"));
    stage.wait([&] { return stage.handler.handled == 2; });
    const Client newcomer = stage.connect();  // whose request may be on its way
    const Instant began = os::monotonic_now();
    stage.endpoint.leave("leaving", Backlog::answer);
    CHECK(os::monotonic_now() - began >= 50ms);
    CHECK(stage.handler.busy == 0);
    CHECK(Stage::next(unanswered) == R"({"ok":false,"protocol":1,"code":"draining","error":"the daemon has left before this was done"})");
}

TEST_CASE("an endpoint that nobody asked leaves at once") {
    Stage stage;
    stage.endpoint.leave("leaving", Backlog::answer);
    stage.endpoint.leave("again", Backlog::answer);
    stage.loop->turn(0ms);
}

TEST_CASE("after a successor has the listener the old endpoint accepts nobody, and answers who is there") {
    Stage stage;
    SUBCASE("with somebody there") {
        Client client = stage.connect();
        CHECK(stage.ask(client, "ping").starts_with(R"({"ok":true)"));
        stage.endpoint.stop_accepting();
        CHECK(stage.ask(client, "ping").starts_with(R"({"ok":true)"));
    }
    SUBCASE("with nobody there") { stage.endpoint.stop_accepting(); }
    const Client newcomer = stage.connect();
    stage.loop->turn(5ms);
    CHECK(os::accept_nonblocking(stage.listener->fd.get()).fd.is_open());
}

TEST_CASE("many clients with garbage, half lines and sudden ends leave everything in order") {
    Stage stage({.sessions_max = 8, .rest_after = 1ms});
    std::atomic<bool> done{false};
    std::vector<std::jthread> hostile;
    std::atomic<int> running{4};
    for (int number = 0; number < 4; ++number) {
        hostile.emplace_back([&, number] {
            for (int round = 0; round < 100; ++round) {
                auto client = Client::connect(stage.path, long_enough);
                if (!client) continue;
                (void)client->send(round % 3 == 0 ? "connections" : std::string(static_cast<std::size_t>(round) * 7, 'g'));
                if (round % 5 == number) (void)client->receive(1ms);
                (void)os::send(client->fd(), "stat");
            }
            if (--running == 0) done = true;
        });
    }
    stage.wait([&] { return done.load(); });
    stage.wait([&] { return stage.handler.busy == 0; });
    stage.answers_again();
}
