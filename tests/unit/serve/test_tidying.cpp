// SPDX-License-Identifier: MIT
// The staging folder goes some time after the last upload: inbox, timer, worker.
#include "serve/tidying.hpp"

#include <doctest/doctest.h>

#include <string>

#include "feeding.hpp"
#include "os/clock.hpp"
#include "serve/limits.hpp"

using namespace filesrv;
using namespace filesrv::test;

namespace {

constexpr std::string_view staging = ".filesrv-staging";

/// Turns the main loop until the condition holds; false after ten seconds, which only a bug takes.
template <class Condition>
bool turn_until(serve::Server& server, Condition holds) {
    const Instant end = os::monotonic_now() + std::chrono::seconds(10);
    while (!holds()) {
        if (os::monotonic_now() > end) return false;
        server.main_loop().turn(std::chrono::milliseconds(20));
    }
    return true;
}

void upload(Serving& serving, const char* line) {
    Feeding one(serving, upload_head(line, "Content-Length: 1\r\n"));
    one.feed("x");
    CHECK(one.status() == 201);
}

}  // namespace

TEST_CASE("the staging folder goes some time after the last upload, and each time again") {
    Serving serving;
    for (const char* line : {"PUT /one", "PUT /two"}) {
        upload(serving, line);
        const Instant ended = os::monotonic_now();
        REQUIRE(fs::exists(serving.root() / staging));
        CHECK(turn_until(serving.server(), [&] { return !fs::exists(serving.root() / staging); }));
        CHECK(os::monotonic_now() - ended >= serve::limits::tidy_delay - std::chrono::milliseconds(50));
    }
    CHECK(serving.names() == "one two ");
}

TEST_CASE("an upload under way keeps its staged file through a tidying") {
    Serving serving;
    Feeding slow(serving, upload_head("PUT /slow", "Content-Length: 2\r\n"));
    slow.feed("a");
    upload(serving, "PUT /quick");
    const auto jobs_done = serving.server().pool().counters().left;
    CHECK(turn_until(serving.server(), [&] { return serving.server().pool().counters().left > jobs_done; }));
    CHECK(slow.feed("b"));
    CHECK(slow.status() == 201);
    CHECK(read_file(serving.root() / "slow") == "ab");
}
