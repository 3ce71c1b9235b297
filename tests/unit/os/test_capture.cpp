// SPDX-License-Identifier: MIT
// Other programs, run for what they say: sh(1), and those that every system has.
#include "os/capture.hpp"

#include <cerrno>

#include <doctest/doctest.h>

#include "os/clock.hpp"

using namespace filesrv;
using namespace filesrv::os;
using namespace std::chrono_literals;

TEST_CASE("one of a program's two outputs is kept, with its exit status") {
    const std::vector<std::string> words = {"sh", "-c", "echo said; echo complained >&2; exit 3"};
    const auto said = capture(words);
    REQUIRE(said);
    CHECK(said->text == "said\n");
    CHECK(said->status == 3);
    const auto complained = capture(words, {.what = Captured::errors});
    REQUIRE(complained);
    CHECK(complained->text == "complained\n");
    CHECK(complained->status == 3);
}

TEST_CASE("a program finds its input empty, and its signal is told") {
    CHECK(capture({"cat"})->text.empty());
    CHECK(capture({"sh", "-c", "kill -9 $$"})->status == 128 + 9);
}

TEST_CASE("of a program that says much the beginning is kept, and the rest does not stop it") {
    const auto said = capture({"sh", "-c", "printf 123456789; head -c 200000 /dev/zero; exit 4"}, {.bytes_max = 4});
    REQUIRE(said);
    CHECK(said->text == "1234");
    CHECK(said->status == 4);
}

TEST_CASE("a program that is not there is told from one that takes too long") {
    const auto absent = capture({"filesrv-has-no-such-program"});
    REQUIRE_FALSE(absent);
    CHECK(absent.error().code == ENOENT);
    CHECK(absent.error().subject == "filesrv-has-no-such-program");
    for (const std::vector<std::string>& words : {std::vector<std::string>{"sleep", "60"}, {"yes"}}) {
        CAPTURE(words.front());
        const Instant began = monotonic_now();
        const auto late = capture(words, {.longest = 30ms, .bytes_max = 16});
        CHECK(monotonic_now() - began >= 30ms);
        REQUIRE_FALSE(late);
        CHECK(late.error().code == ETIMEDOUT);
        CHECK(late.error().subject == words.front());
    }
}
