// SPDX-License-Identifier: MIT
// Socket activation: the variables as a table, the descriptors for real.
#include "daemon/activation.hpp"

#include <cstdlib>

#include <doctest/doctest.h>

using namespace filesrv::daemon;
using Inherited = std::vector<InheritedFd>;

TEST_CASE("the variables say which descriptors are ours") {
    struct Row {
        ActivationVariables variables;
        Inherited inherited;
    };
    const Row rows[] = {
        {{nullptr, nullptr, nullptr}, {}},
        {{nullptr, "1", nullptr}, {}},
        {{"42", nullptr, nullptr}, {}},
        {{"43", "1", nullptr}, {}},
        {{"42", "0", nullptr}, {}},
        {{"42", "1", nullptr}, {{3, "", ListenerRole::http}}},
        {{"42", "1", "http"}, {{3, "http", ListenerRole::http}}},
        {{"42", "2", "control:http"},
         {{3, "control", ListenerRole::control}, {4, "http", ListenerRole::http}}},
        {{"42", "3", "a::control"},
         {{3, "a", ListenerRole::http}, {4, "", ListenerRole::http}, {5, "control", ListenerRole::control}}},
        {{"42", "2", "only"}, {{3, "only", ListenerRole::http}, {4, "", ListenerRole::http}}},
        {{"42", "1", "controls:control"}, {{3, "controls", ListenerRole::http}}},
    };
    for (const Row& row : rows) {
        const auto parsed = parse_activation(row.variables, 42);
        REQUIRE(parsed.has_value());
        CHECK((*parsed == row.inherited));
    }
}

TEST_CASE("as many descriptors as fit are taken, and not one more") {
    const std::string most = std::to_string(inherited_fds_max);
    const std::string too_many = std::to_string(inherited_fds_max + 1);
    CHECK(parse_activation({"42", most.c_str(), nullptr}, 42)->size() == inherited_fds_max);
    CHECK_FALSE(parse_activation({"42", too_many.c_str(), nullptr}, 42).has_value());
}

TEST_CASE("variables that are no numbers are an error that names them") {
    CHECK(parse_activation({"x", "1", nullptr}, 42).error().find("LISTEN_PID") != std::string::npos);
    CHECK(parse_activation({"42", "-1", nullptr}, 42).error().find("LISTEN_FDS") != std::string::npos);
    CHECK(parse_activation({"42", "", nullptr}, 42).error().find("LISTEN_FDS") != std::string::npos);
}

TEST_CASE("without variables nothing is inherited, and nothing is closed") {
    REQUIRE(std::getenv("LISTEN_FDS") == nullptr);
    CHECK(adopt_inherited_listeners().empty());
}
