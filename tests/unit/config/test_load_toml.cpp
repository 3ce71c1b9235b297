// SPDX-License-Identifier: MIT
// The configuration file: natural types in, errors with file, line and key out.
#include "config/load_toml.hpp"

#include <algorithm>

#include <doctest/doctest.h>

using namespace filesrv::config;
using namespace std::chrono_literals;

namespace {

std::string error_of(std::string_view text) {
    Config config;
    const auto applied = apply_toml(text, "f.toml", config);
    REQUIRE_FALSE(applied.has_value());
    CHECK(config == Config{});  // all or nothing
    return applied.error();
}

}  // namespace

TEST_CASE("every natural type of a value is taken") {
    Config config;
    const auto applied = apply_toml(R"(
        root = "/srv"            # a comment
        listen = ["localhost:81", "unix:/run/x"]
        hosts = "a.example"
        idle_shutdown = 0
        timeout_max = 2.5
        timeout_min = "0.5"
        max_connections = 100
        max_upload = "64M"
        min_free = 1024
        read_only = true
        workers = "1:8"
        durability = "none"
    )", "f.toml", config);
    REQUIRE_MESSAGE(applied.has_value(), applied.error());
    CHECK(config.root == "/srv");
    CHECK(config.listen.size() == 2);
    CHECK(config.hosts == std::vector<std::string>{"a.example"});
    CHECK(config.idle_shutdown == 0s);
    CHECK(config.timeout_max == 2500ms);
    CHECK(config.timeout_min == 500ms);
    CHECK(config.max_connections == 100);
    CHECK(config.max_upload == 64u << 20);
    CHECK(config.min_free == 1024);
    CHECK(config.read_only);
    CHECK(config.workers == WorkerRange{1, 8});
    CHECK(config.durability == Durability::none);
}

TEST_CASE("an empty file changes nothing") {
    Config config;
    CHECK(apply_toml("", "f.toml", config).has_value());
    CHECK(config == Config{});
}

TEST_CASE("a table without a name ends in an error, not in an abort") {
    CHECK(error_of("\n[= x\n") == "f.toml:2: a name is malformed");
}

TEST_CASE("a letter beyond ASCII where none may stand is an error, not undefined behaviour") {
    for (const char* letter : {"\u00e9", "\u0459", "\u3042", "\ufb01", "\u1690", "\u2070"}) {
        CAPTURE(letter);
        CHECK(error_of(std::string("\nworkers = 2") + letter + "\n").starts_with("f.toml:2: "));
        Config config;
        CHECK(apply_toml(std::string("server_header = \"\"\"\\\n") + letter + "\"\"\" # " + letter + "\n", "f.toml", config));
        CHECK(config.server_header == letter);
    }
}

TEST_CASE("control characters of a file do not reach the terminal with its error") {
    using namespace std::string_view_literals;
    for (const std::string_view text : {"\"a\\u001b[31m\\nb\" = 1\n"sv, "workers = \"\\u001b\"\n"sv, "[= \"\0\0sh\"utdo\nwn0\n"sv}) {
        CAPTURE(text);
        Config config;
        const auto applied = apply_toml(text, "f.toml", config);
        REQUIRE_FALSE(applied);
        CHECK(std::ranges::none_of(applied.error(), [](char c) { return static_cast<unsigned char>(c) < 0x20; }));
    }
}

TEST_CASE("an error names file, line, key and what would do") {
    struct Row {
        std::string_view text, error;
    };
    static constexpr Row rows[] = {
        {"\nrooot = '/x'\n", "f.toml:2: rooot: unknown key; the nearest known one is root"},
        {"idle-shutdown = 5\n",
         "f.toml:1: idle-shutdown: unknown key; the nearest known one is idle_shutdown"},
        {"[server]\nroot = '/x'\n",
         "f.toml:1: server: is a table, and the keys of this file stand in none; of these the nearest known one is workers"},
        {"read_only = 1\n", "f.toml:1: read_only: is an integer, expected true or false"},
        {"root = 5\n", "f.toml:1: root: is an integer, expected a string"},
        {"max_connections = '5'\n", "f.toml:1: max_connections: is a string, expected an integer"},
        {"max_connections = 1.5\n", "f.toml:1: max_connections: is a float, expected an integer"},
        {"max_connections = [5]\n", "f.toml:1: max_connections: is an array, expected an integer"},
        {"max_upload = true\n",
         "f.toml:1: max_upload: is a boolean, expected an integer of bytes or a string such as \"64M\""},
        {"root = 07:32:00\n", "f.toml:1: root: is a time, expected a string"},
        {"root = 1979-05-27T07:32:00Z\n", "f.toml:1: root: is a date and time, expected a string"},
        {"max_connections = -1\n",
         "f.toml:1: max_connections: '-1' is not a whole number from 0 to 1000000000"},
        {"idle_shutdown = 1979-05-27\n", "f.toml:1: idle_shutdown: is a date, expected a number of seconds"},
        {"idle_shutdown = -1\n",
         "f.toml:1: idle_shutdown: '-1' is not a number of seconds (such as 60 or 0.5)"},
        {"idle_shutdown = inf\n",
         "f.toml:1: idle_shutdown: 'inf' is not a number of seconds (such as 60 or 0.5)"},
        {"listen = [80]\n", "f.toml:1: listen: holds an integer, expected strings"},
        {"listen = []\n", "f.toml:1: listen: must name at least one address"},
        {"listen = {a = 1}\n", "f.toml:1: listen: is a table, expected an array of strings"},
        {"\n\nlisten = ['localhost']\n",
         "f.toml:3: listen: 'localhost' is not HOST:PORT, [V6]:PORT, :PORT or unix:PATH"},
    };
    for (const Row& row : rows) {
        CAPTURE(row.text);
        CHECK(error_of(row.text) == row.error);
    }
}

TEST_CASE("the first error by line is told, whatever the keys' order") {
    CHECK(error_of("zzz = 1\naaa = 1\n").starts_with("f.toml:1: zzz:"));
    CHECK(error_of("aaa = 1\nzzz = 1\n").starts_with("f.toml:1: aaa:"));
}

TEST_CASE("broken TOML is refused with its line, on one line") {
    for (const std::string_view text :
         {"\nroot = \n", "\nroot = 'a'\nroot = 'b'\n", "\n= 1\n", "\nroot = 'a\n", "\n\xff\xfe\n"}) {
        CAPTURE(text);
        const std::string error = error_of(text);
        CHECK(error.starts_with("f.toml:"));
        CHECK(error.find('\n') == std::string::npos);
    }
}
