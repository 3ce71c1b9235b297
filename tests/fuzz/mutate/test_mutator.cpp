// SPDX-License-Identifier: MIT
#include "mutator.hpp"

#include <doctest/doctest.h>

#include <set>
#include <vector>

#include "lines.hpp"
#include "token_edits.hpp"

using namespace filesrv::mutate;

namespace {

const std::vector<std::string> seeds{"GET /f HTTP/1.1\r\nHost: localhost\r\nRange: bytes=0-1\r\n\r\n",
                                     "PUT /x HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\n\r\nhello"};
const std::vector<std::string> values{"a.localhost.:80"};
const Sources sources{.seeds = seeds, .values = values};

}  // namespace

TEST_CASE("the same seed makes the same cases, another seed others") {
    const Mutator one(sources, 7), same(sources, 7), other(sources, 8);
    std::size_t equal = 0;
    for (std::uint64_t number = 0; number < 1000; ++number) {
        const std::string made = one.make(number);
        CHECK(made == same.make(number));
        equal += made == other.make(number);
    }
    CHECK(equal < 50);  // the seeds themselves, and short cuts of them
}

TEST_CASE("the first cases are the seeds as they are") {
    const Mutator mutator(sources, 7);
    CHECK(mutator.make(0) == seeds[0]);
    CHECK(mutator.make(1) == seeds[1]);
}

TEST_CASE("cases differ, are never empty, and never larger than they may be") {
    const Mutator mutator(sources, 7);
    std::set<std::string> different;
    for (std::uint64_t number = 0; number < 20'000; ++number) {
        const std::string made = mutator.make(number);
        REQUIRE(!made.empty());
        REQUIRE(made.size() <= request_bytes_max);
        different.insert(made);
    }
    CHECK(different.size() > 13'000);  // of two seeds; some edits find nothing to change
}

TEST_CASE("every edit takes any bytes") {
    const std::string huge(request_bytes_max, '\n');
    for (const auto& edits : {byte_edits(), token_edits()}) {
        for (const Edit edit : edits) {
            for (const std::string& text : {std::string(), std::string("\n"), std::string("a"),
                                            std::string(":\r\n:\r\n:"), seeds[1], huge}) {
                Random random(text.size());
                std::string edited = text;
                for (int i = 0; i < 20; ++i) edit(edited, random, sources);
                CHECK(edited.size() <= 2 * request_bytes_max);
            }
        }
    }
}

TEST_CASE("an insertion stops at the largest request") {
    std::string text(request_bytes_max - 5, 'a');
    insert_repeated(text, 3, "bb", 100);
    CHECK(text.size() == request_bytes_max - 1);
    insert_repeated(text, 0, "", 100);
    CHECK(text.size() == request_bytes_max - 1);
}

TEST_CASE("lines of a head are found whatever ends them") {
    const std::string text = "\r\nGET\r\nA: b\nC\r\n\r\nbody\r\n";
    const auto lines = head_lines(text);
    REQUIRE(lines.size() == 3);
    CHECK(lines[0].in(text) == "GET");
    CHECK(lines[1].in(text) == "A: b");
    CHECK(lines[2].in(text) == "C");
    CHECK(colon_of(text, lines[1]) == 8);
    CHECK(!colon_of(text, lines[2]));
    CHECK(head_lines("a").size() == 1);
    CHECK(head_lines("").empty());
}
