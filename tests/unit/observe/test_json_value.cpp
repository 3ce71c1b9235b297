// SPDX-License-Identifier: MIT
// JSON that was read.
#include "observe/json_value.hpp"

#include <doctest/doctest.h>

using namespace filesrv::observe;

namespace {

std::string nested(std::size_t depth) { return std::string(depth, '[') + std::string(depth, ']'); }

template <class T>
T member(const JsonValue& object, std::string_view name) {
    const JsonValue* found = object.find(name);
    REQUIRE(found != nullptr);
    REQUIRE(std::holds_alternative<T>(found->held));
    return std::get<T>(found->held);
}

}  // namespace

TEST_CASE("every value is found where it stands, as what it is") {
    const auto read = parse_json(R"( {"a": 18446744073709551615, "b": -1, "c": 1.5, "d": "x\u00e9", "e": true, "f": null,
                                     "g": [1, {"h": [2, []]}, 3], "i": {}} )");
    REQUIRE(read);
    CHECK(member<std::uint64_t>(*read, "a") == 18'446'744'073'709'551'615u);
    CHECK(member<double>(*read, "b") == -1);
    CHECK(member<double>(*read, "c") == 1.5);
    CHECK(member<std::string>(*read, "d") == "x\xc3\xa9");
    CHECK(member<bool>(*read, "e"));
    CHECK(read->find("f")->is_null());
    const auto list = member<JsonValue::Array>(*read, "g");
    REQUIRE(list.size() == 3);
    CHECK(list[1].find("h")->array()->size() == 2);
    CHECK(std::get<std::uint64_t>(list[2].held) == 3);
    CHECK(read->find("i")->object()->empty());
    CHECK(read->find("z") == nullptr);
    CHECK(list[0].find("a") == nullptr);
}

TEST_CASE("of several members of one name the last one counts") {
    const auto read = parse_json(R"({"a": 1, "a": "2"})");
    REQUIRE(read);
    CHECK(member<std::string>(*read, "a") == "2");
}

TEST_CASE("what is no whole value, or lies too deep, is nothing") {
    for (const char* wrong : {"", " ", "{", "[1,]", "{\"a\"}", "1 2", "nul", "\"\xff\"", "[1e999]", "{]"}) {
        CAPTURE(wrong);
        CHECK_FALSE(parse_json(wrong));
    }
    CHECK(parse_json(nested(json_depth_max)));
    CHECK_FALSE(parse_json(nested(json_depth_max + 1)));
    CHECK_FALSE(parse_json(std::string(100'000, '[')));
}
