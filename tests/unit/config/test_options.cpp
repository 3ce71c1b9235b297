// SPDX-License-Identifier: MIT
// The option table: whole, unambiguous, and true about the defaults.
#include "config/options.hpp"

#include <algorithm>
#include <set>

#include <doctest/doctest.h>

#include "config/load_toml.hpp"

using namespace filesrv::config;

namespace {

const OptionSpec& option(std::string_view name) {
    const auto table = option_table();
    const auto found = std::find_if(table.begin(), table.end(),
                                    [name](const OptionSpec& spec) { return spec.name == name; });
    REQUIRE(found != table.end());
    return *found;
}

}  // namespace

TEST_CASE("names, keys and letters are unique, and a key is its name with underscores") {
    std::set<std::string> names, keys;
    std::set<char> letters;
    for (const OptionSpec& spec : option_table()) {
        CAPTURE(spec.name);
        CHECK(names.insert(std::string(spec.name)).second);
        CHECK(keys.insert(std::string(spec.key)).second);
        if (spec.letter != 0) CHECK(letters.insert(spec.letter).second);
        std::string derived(spec.name);
        std::replace(derived.begin(), derived.end(), '-', '_');
        CHECK((spec.key == derived || spec.key == derived + 's'));  // --host is one of the hosts
        CHECK(spec.value.empty() == (spec.kind == ValueKind::flag));
        CHECK((spec.clear != nullptr) == (spec.kind == ValueKind::list));
        CHECK_FALSE(spec.help.empty());
        CHECK_FALSE(spec.fallback.empty());
    }
}

TEST_CASE("a default that is a value is the one that a fresh configuration has") {
    for (const OptionSpec& spec : option_table()) {
        CAPTURE(spec.name);
        if (spec.kind == ValueKind::flag) CHECK(spec.show(Config{}) == "false");
        Config config;
        if (spec.clear) spec.clear(config);
        if (spec.set(config, spec.fallback)) CHECK((config == Config{} || spec.show(Config{}).empty()));
    }
}

TEST_CASE("what an option shows is what it was set to") {
    struct Row {
        std::string_view name, text, toml;
    };
    static constexpr Row rows[] = {
        {"root", "/srv/a \"b\"\\c", R"("/srv/a \"b\"\\c")"},
        {"idle-shutdown", "0.1", "0.1"},
        {"timeout-max", "3", "3"},
        {"max-connections", "1000", "1000"},
        {"workers", "1:8", R"("1:8")"},
        {"inline-batch", "0", "0"},
        {"max-upload", "64M", "67108864"},
        {"read-only", "true", "true"},
        {"durability", "data", R"("data")"},
        {"cache-control", "", R"("")"},
        {"cache-control", "max-age=60", R"("max-age=60")"},
        {"server-header", "", ""},
        {"access-log", "json:/x", R"("json:/x")"},
        {"log-level", "warn", R"("warning")"},
        {"root", "tab\there", R"("tab\u0009here")"},
    };
    for (const Row& row : rows) {
        CAPTURE(row.name);
        Config config;
        REQUIRE(option(row.name).set(config, row.text).has_value());
        CHECK(option(row.name).show(config) == row.toml);
    }
}

TEST_CASE("a value that an option cannot have leaves the configuration alone and is quoted") {
    struct Row {
        std::string_view name, text;
    };
    static constexpr Row rows[] = {
        {"idle-shutdown", "abc"},  {"idle-shutdown", "-1"},
        {"idle-shutdown", "1e3"},  {"max-connections", "1000000001"},
        {"reactors", "0"},         {"reactors", "65"},
        {"max-upload", "64X"},     {"max-upload", "9223372036854775808"},
        {"read-only", "yes"},      {"durability", "maybe"},
        {"inline-batch", "65537"}, {"inline-batch", "-1"},
    };
    for (const Row& row : rows) {
        CAPTURE(row.name);
        Config config;
        const auto set = option(row.name).set(config, row.text);
        REQUIRE_FALSE(set.has_value());
        CHECK(set.error().find('\'' + std::string(row.text) + '\'') != std::string::npos);
        CHECK(config == Config{});
    }
    Config config;
    CHECK_FALSE(option("timeout-min").set(config, "0").has_value());
    CHECK_FALSE(option("root").set(config, "").has_value());
}

TEST_CASE("a list is appended to, and emptied by its clear") {
    Config config;
    option("host").clear(config);
    REQUIRE(option("host").set(config, "a.example").has_value());
    REQUIRE(option("host").set(config, "B.example").has_value());
    CHECK(config.hosts == std::vector<std::string>{"a.example", "b.example"});
    CHECK(option("host").show(config) == R"(["a.example", "b.example"])");
}

TEST_CASE("the printed configuration loads again as the same one") {
    Config config;
    for (const auto& [name, text] : {std::pair{"host", "a.example"},
                                     {"listen", "unix:/run/x"},
                                     {"root", "/a\nb"},
                                     {"idle-shutdown", "0.25"},
                                     {"max-upload", "3G"},
                                     {"hidden", "true"},
                                     {"access-log", "common"},
                                     {"user", "www-data"}})
        REQUIRE(option(name).set(config, text).has_value());
    for (const Config& original : {config, Config{}}) {
        Config loaded;
        const auto applied = apply_toml(to_toml(original), "printed", loaded);
        REQUIRE_MESSAGE(applied.has_value(), applied.error());
        CHECK(loaded == original);
    }
}
