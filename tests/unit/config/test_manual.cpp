// SPDX-License-Identifier: MIT
// filesrv.toml(5) and the example configuration tell of every key what the option table says.
#include <cstdint>
#include <fstream>
#include <map>
#include <regex>
#include <sstream>
#include <string>

#include <doctest/doctest.h>

#include "base/numbers.hpp"
#include "config/load_toml.hpp"
#include "config/options.hpp"

using namespace filesrv::config;

namespace {

std::string contents(const char* path) {
    std::ifstream file(path);
    REQUIRE_MESSAGE(file.is_open(), path);
    std::ostringstream text;
    text << file.rdbuf();
    return text.str();
}

/// What the manual says of a key in the line below its name: `Integer, 1 to 64; default 1.`
struct Entry {
    std::string type;
    std::string range;  ///< empty where none is stated
    std::string fallback;
};

std::map<std::string, Entry> manual_entries() {
    static const std::regex form(
        "(Boolean|String|Integer|Size|Seconds|Array of strings)(?:, ([^;]*))?; default:? (.*)\\.");
    std::map<std::string, Entry> entries;
    std::istringstream manual(contents(MANUAL));
    for (std::string line; std::getline(manual, line);) {
        if (!line.starts_with(".It Ic ")) continue;
        const std::string key = line.substr(7);
        std::getline(manual, line);
        std::smatch part;
        REQUIRE_MESSAGE(std::regex_match(line, part, form), key, ": ", line);
        CHECK_MESSAGE(entries.emplace(key, Entry{part[1], part[2], part[3]}).second, key, " is there twice");
    }
    return entries;
}

std::string_view type_of(ValueKind kind) {
    switch (kind) {
        case ValueKind::flag: return "Boolean";
        case ValueKind::text: return "String";
        case ValueKind::number: return "Integer";
        case ValueKind::size: return "Size";
        case ValueKind::seconds: return "Seconds";
        case ValueKind::list: return "Array of strings";
    }
    return {};
}

bool takes(const OptionSpec& option, const std::string& text) {
    Config config;
    return option.set(config, text).has_value();
}

/// `LOW to HIGH`, `above LOW to HIGH`: the option takes what lies within, and not the next value outside.
void check_numbers(const OptionSpec& option, const std::string& range) {
    static const std::regex form("(above )?([0-9]+) to ([0-9]+)");
    std::smatch part;
    REQUIRE_MESSAGE(std::regex_match(range, part, form), range);
    const bool above = part[1].matched;
    const auto low = filesrv::parse_decimal(part[2].str());
    const auto high = filesrv::parse_decimal(part[3].str());
    REQUIRE((low && high));
    CHECK(takes(option, part[2]) == !above);
    CHECK(takes(option, std::to_string(*low + 1)));
    CHECK((*low == 0 || !takes(option, std::to_string(*low - 1))));
    CHECK(takes(option, part[3]));
    CHECK_FALSE(takes(option, std::to_string(*high + 1)));
}

/// `"a", "b" or "c"`, `"a" to "b"`: the option takes each of them.
void check_words(const OptionSpec& option, const std::string& range) {
    static const std::regex word("\"([^\"]*)\"");
    for (std::sregex_iterator at(range.begin(), range.end(), word), end; at != end; ++at)
        CHECK_MESSAGE(takes(option, (*at)[1]), (*at)[0]);
    CHECK_FALSE(takes(option, "no such word"));
}

void check_range(const OptionSpec& option, const std::string& range) {
    const bool counted = option.kind == ValueKind::number || option.kind == ValueKind::size ||
                         option.kind == ValueKind::seconds;
    if (counted) check_numbers(option, range);
    else if (!range.empty()) check_words(option, range);
}

/// The lines of the example that hold a key, uncommented: defaults (`#key = …`) or examples (`# key = …`).
std::map<std::string, std::string> example_lines(bool defaults) {
    const std::regex form(defaults ? "#([a-z_]+) = .*" : "# ([a-z_]+) = .*");
    std::map<std::string, std::string> lines;
    std::istringstream example(contents(EXAMPLE));
    for (std::string line; std::getline(example, line);) {
        std::smatch part;
        if (std::regex_match(line, part, form))
            CHECK_MESSAGE(lines.emplace(part[1], line.substr(defaults ? 1 : 2)).second, line, " is there twice");
    }
    return lines;
}

std::string joined(const std::map<std::string, std::string>& lines) {
    std::string text;
    for (const auto& [key, line] : lines) text += line + '\n';
    return text;
}

}  // namespace

TEST_CASE("the manual of the file has every key with its type, its limits and its default, and no other") {
    auto entries = manual_entries();
    for (const OptionSpec& option : option_table()) {
        CAPTURE(option.key);
        const auto found = entries.extract(std::string(option.key));
        REQUIRE_MESSAGE(found, "the manual lacks it");
        const Entry& entry = found.mapped();
        const std::string value = option.show(Config{});
        CHECK(entry.type == type_of(option.kind));
        CHECK(entry.fallback == (value.empty() ? option.fallback : value));
        check_range(option, entry.range);
    }
    for (const auto& [key, entry] : entries) FAIL_CHECK("the manual invents ", key);
}

TEST_CASE("the example configuration names every key once: its default, or an example where it has none") {
    auto defaults = example_lines(true);
    auto examples = example_lines(false);
    for (const OptionSpec& option : option_table()) {
        CAPTURE(option.key);
        const bool has_default = !option.show(Config{}).empty();
        CHECK((has_default ? defaults : examples).count(std::string(option.key)) == 1);
        CHECK((has_default ? examples : defaults).count(std::string(option.key)) == 0);
    }
    CHECK(defaults.size() + examples.size() == option_table().size());
}

TEST_CASE("the example configuration, with all its defaults uncommented, changes nothing") {
    Config config;
    REQUIRE(apply_toml(contents(EXAMPLE), "example", config));
    CHECK(config == Config{});
    const auto applied = apply_toml(joined(example_lines(true)), "example", config);
    REQUIRE_MESSAGE(applied, applied.error());
    CHECK(config == Config{});
    const auto changed = apply_toml(joined(example_lines(false)), "example", config);
    CHECK_MESSAGE(changed, changed.error());
}
