// SPDX-License-Identifier: MIT
// The engine against a listener that says what the test wants, or nothing.
#include "tools/filesrv-client/engine.hpp"

#include <cstdlib>
#include <filesystem>
#include <string>
#include <thread>

#include <doctest/doctest.h>

#include "../../store/temp_folder.hpp"
#include "os/clock.hpp"
#include "os/socket.hpp"
#include "os/wait_readable.hpp"

using namespace filesrv;
using namespace filesrv::client;
using namespace std::chrono_literals;

namespace {

constexpr Duration long_enough = 20s;

/// A port of this machine at which nobody answers yet: the kernel connects, and that is all.
struct Listener {
    os::UniqueFd fd = std::move(*os::listen_tcp(*os::parse_address("127.0.0.1", 0), 8));
    Server server{.host = "127.0.0.1", .port = os::local_address(fd.get())->port};

    /// Takes the next connection, and gives its first bytes their answer.
    void answer(std::string_view text) const {
        const std::array listening{fd.get()};
        REQUIRE(os::wait_readable(listening, long_enough));
        const os::Accepted accepted = os::accept_nonblocking(fd.get());
        REQUIRE(accepted.fd.is_open());
        const std::array connected{accepted.fd.get()};
        REQUIRE(os::wait_readable(connected, long_enough));
        std::array<char, 4096> asked;
        REQUIRE(os::receive(accepted.fd.get(), asked).bytes > 0);
        REQUIRE(os::send(accepted.fd.get(), text).ok());
    }
};

}  // namespace

TEST_CASE("a silent server is not waited for past the deadline of a run, and not asked again") {
    const Listener silent;
    Engine engine({});
    const Instant deadline = os::monotonic_now() + 20ms;
    const Outcome outcome = engine.run({.verb = Verb::list, .server = silent.server}, {.deadline = deadline});
    CHECK(os::monotonic_now() >= deadline);
    CHECK(outcome.failure == Failure::connection);
    CHECK(outcome.error == "no answer in time");
    CHECK(outcome.retries == 0);
}

TEST_CASE("a deadline or a cancel flag from before the run is no success") {
    const Listener silent;
    Engine engine({});
    const Request request{.verb = Verb::list, .server = silent.server};
    CHECK_FALSE(engine.run(request, {.deadline = os::monotonic_now()}).ok());
    const std::atomic<bool> cancelled = true;
    CHECK(engine.run(request, {.cancel = &cancelled}).failure == Failure::interrupted);
}

TEST_CASE("HEAD keeps the fields of the answer, and nothing in them moves a cursor") {
    const Listener listener;
    std::jthread server([&] { listener.answer("HTTP/1.1 200 OK\r\nContent-Length: 5000\r\nX-Odd:  a\x1b[2Jb\r\n\r\n"); });
    Engine engine({});
    const Outcome outcome = engine.run({.verb = Verb::head, .remote = "a", .server = listener.server});
    CHECK_MESSAGE(outcome.ok(), outcome.error);
    CHECK(outcome.fields == "Content-Length: 5000\nX-Odd: a\\x1B[2Jb\n");
}

TEST_CASE("a proxy of the environment that is away is not taken for the server") {
    const Listener listener;
    for (const char* name : {"no_proxy", "NO_PROXY"}) REQUIRE(::unsetenv(name) == 0);
    REQUIRE(::setenv("http_proxy", "http://127.0.0.1:1", 1) == 0);
    Engine engine({.retries = 0});
    const Outcome outcome = engine.run({.verb = Verb::head, .remote = "a", .server = listener.server});
    REQUIRE(::unsetenv("http_proxy") == 0);
    CHECK(outcome.error == "cannot connect to 127.0.0.1:" + std::to_string(listener.server.port) +
                               ", or to the proxy that http_proxy names: Connection refused");
}

TEST_CASE("a folder for downloads that is not there is made") {
    const test::TempFolder place;
    for (int twice = 0; twice < 2; ++twice) Engine({.output_folder = (place / "made").string()});
    CHECK(std::filesystem::is_directory(place / "made"));
}

TEST_CASE("a folder for downloads that is none is named, with the reason") {
    CHECK_THROWS_WITH(Engine({.output_folder = "missing/folder"}),
                      "the folder for downloads: cannot open missing/folder: No such file or directory");
}
