// SPDX-License-Identifier: MIT
// What a successor is told of its listeners: written and read back, and everything else refused.
#include "daemon/handover.hpp"

#include <doctest/doctest.h>

using namespace filesrv::daemon;

TEST_CASE("origins are read as they were written") {
    const std::vector<Origin> rows[] = {
        {{}},
        {{.ours = true, .file = std::nullopt}},
        {{}, {.ours = true, .file = std::nullopt}, {}},
        {{.ours = true, .file = FileIdentity{2049, 18'446'744'073'709'551'615U}}, {.ours = true, .file = std::nullopt}},
    };
    for (const auto& origins : rows) {
        const std::string text = "42:" + to_text(origins);
        const auto parsed = parse_succession(text.c_str(), 42);
        REQUIRE(parsed.has_value());
        REQUIRE(parsed->has_value());
        CHECK((**parsed == origins));
    }
}

TEST_CASE("a process without the variable, or with its parent's, is nobody's successor") {
    for (const char* variable : {static_cast<const char*>(nullptr), "41:ours", "43:manager,ours"}) {
        const auto parsed = parse_succession(variable, 42);
        REQUIRE(parsed.has_value());
        CHECK_FALSE(parsed->has_value());
    }
}

TEST_CASE("a malformed succession is an error that shows it") {
    for (const char* variable : {"", ":", "42:", "42", "x:ours", "42:theirs", "42:ours,", "42:ours,,ours", "42:ours.1", "42:ours.1.x",
                                 "42:ours.1.2.3", "42:manager.1.2", "42: ours"}) {
        CAPTURE(variable);
        const auto parsed = parse_succession(variable, 42);
        REQUIRE_FALSE(parsed.has_value());
        CHECK(parsed.error().find(variable) != std::string::npos);
    }
}
