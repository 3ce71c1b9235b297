// SPDX-License-Identifier: MIT
#include "tools/filesrv-client/remote_names.hpp"

#include <doctest/doctest.h>

using namespace filesrv;
using namespace filesrv::client;
using namespace std::chrono_literals;

namespace {

/// A server that is asked, and what it was asked for.
struct Fixture {
    ManualClock clock;
    std::vector<std::string> asked;
    Checked<std::string> answer = R"([{"name":"a b","type":"folder"},{"name":"c","type":"file"}])";
    RemoteNames names{{},
                      [this](const Request& request) {
                          CHECK(request.verb == Verb::list);
                          asked.push_back(request.remote);
                          return answer;
                      },
                      [this] { return clock.now(); }};
};

}  // namespace

TEST_CASE_FIXTURE(Fixture, "a folder is asked for once in a while, and again when something was sent") {
    const auto first = names.in("x/");
    REQUIRE(first.size() == 2);
    CHECK(first[0].name == "a b");
    CHECK(first[0].folder);
    CHECK_FALSE(first[1].folder);
    clock.advance(4s);
    CHECK(names.in("x/").size() == 2);
    CHECK(asked == std::vector<std::string>{"x/"});
    CHECK(names.in("").size() == 2);
    CHECK(asked.back().empty());
    clock.advance(2s);
    CHECK(names.in("x/").size() == 2);
    CHECK(asked.size() == 3);
    names.forget();
    CHECK(names.in("x/").size() == 2);
    CHECK(asked.size() == 4);
}

TEST_CASE_FIXTURE(Fixture, "what cannot be listed has no names, and is not asked for at each key") {
    answer = std::unexpected("no connection");
    CHECK(names.in("").empty());
    CHECK(names.in("").empty());
    CHECK(asked.size() == 1);
    answer = "<html>";
    CHECK(names.in("html/").empty());
    CHECK(names.in("../").empty());
    CHECK(asked.size() == 2);  // and what leaves the root not at all
}

TEST_CASE_FIXTURE(Fixture, "of many folders the first ones are forgotten") {
    for (int i = 0; i < 100; ++i) CHECK(names.in(std::to_string(i) + "/").size() == 2);
    CHECK(names.in("99/").size() == 2);
    CHECK(asked.size() == 100);
    CHECK(names.in("0/").size() == 2);
    CHECK(asked.size() == 101);
}
