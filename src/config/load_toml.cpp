// SPDX-License-Identifier: MIT
// The configuration file. Each value becomes the text that a command line would carry: one parser for both.
#include "config/load_toml.hpp"

#include <charconv>
#include <cmath>
#include <cstdint>
#include <optional>
#include <vector>

namespace filesrv::config {

/// What the library below believes to be impossible, some files bring about (`[=`): no reason to end the program.
struct TomlGaveUp {};
[[noreturn]] void give_up() { throw TomlGaveUp(); }  // where the library has a noexcept, this still ends the program

}  // namespace filesrv::config

#define TOML_ASSERT(condition) ((condition) ? void() : filesrv::config::give_up())
#include <toml++/toml.h>

#include "base/assert.hpp"
#include "base/nearest.hpp"
#include "base/utf8.hpp"
#include "config/options.hpp"

namespace filesrv::config {
namespace {

/// A complaint and the line it belongs to: toml++ sorts keys by name, people read files by line.
struct Complaint {
    std::uint32_t line;
    std::string text;
};

const OptionSpec* find_option(std::string_view key) noexcept {
    for (const OptionSpec& option : option_table())
        if (option.key == key) return &option;
    return nullptr;
}

std::string_view nearest_key(std::string_view key) {
    std::vector<std::string_view> keys;
    for (const OptionSpec& option : option_table()) keys.push_back(option.key);
    return nearest(key, keys);
}

std::string_view expected_type(ValueKind kind) noexcept {
    switch (kind) {
        case ValueKind::flag: return "true or false";
        case ValueKind::text: return "a string";
        case ValueKind::number: return "an integer";
        case ValueKind::size: return "an integer of bytes or a string such as \"64M\"";
        case ValueKind::seconds: return "a number of seconds";
        case ValueKind::list: return "an array of strings";
    }
    FS_UNREACHABLE("a value of no kind");
    return {};
}

std::string_view type_name(const toml::node& node) noexcept {
    switch (node.type()) {
        case toml::node_type::none: return "nothing";
        case toml::node_type::table: return "a table";
        case toml::node_type::array: return "an array";
        case toml::node_type::string: return "a string";
        case toml::node_type::integer: return "an integer";
        case toml::node_type::floating_point: return "a float";
        case toml::node_type::boolean: return "a boolean";
        case toml::node_type::date: return "a date";
        case toml::node_type::time: return "a time";
        case toml::node_type::date_time: return "a date and time";
    }
    return "of no type";
}

/// Nine decimals are what parse_seconds() takes; more would only be noise of the binary fraction.
std::string fixed_text(double value) {
    char buffer[400];  // 1.8e308 has 309 digits
    const auto [end, error] =
        std::to_chars(buffer, buffer + sizeof buffer, value, std::chars_format::fixed, 9);
    FS_ASSERT(error == std::errc());
    return std::string(buffer, end);
}

/// The text of a scalar whose type fits the kind, or nothing.
std::optional<std::string> scalar_text(const toml::node& node, ValueKind kind) {
    if (kind == ValueKind::flag) {
        if (const auto* value = node.as_boolean()) return std::string(value->get() ? "true" : "false");
        return std::nullopt;
    }
    const bool takes_integer =
        kind == ValueKind::number || kind == ValueKind::size || kind == ValueKind::seconds;
    if (const auto* value = node.as_integer(); value && takes_integer) return std::to_string(value->get());
    if (const auto* value = node.as_floating_point(); value && kind == ValueKind::seconds)
        return fixed_text(value->get());
    if (const auto* value = node.as_string(); value && kind != ValueKind::number) return value->get();
    return std::nullopt;
}

Parsed<void> wrong_type(const OptionSpec& option, const toml::node& node) {
    return std::unexpected("is " + std::string(type_name(node)) + ", expected " +
                           std::string(expected_type(option.kind)));
}

/// Sets one option from its node. A list replaces what was there.
Parsed<void> apply_node(const OptionSpec& option, const toml::node& node, Config& config) {
    if (option.clear) option.clear(config);
    const toml::array* array = node.as_array();
    if (option.kind != ValueKind::list || !array) {
        const auto text = scalar_text(node, option.kind);
        return text ? option.set(config, *text) : wrong_type(option, node);
    }
    if (array->empty() && option.key == "listen") return std::unexpected("must name at least one address");
    for (const toml::node& element : *array) {
        const auto text = scalar_text(element, option.kind);
        if (!text) return std::unexpected("holds " + std::string(type_name(element)) + ", expected strings");
        if (auto set = option.set(config, *text); !set) return set;
    }
    return {};
}

/// The document, or nothing where the library gives up without saying where.
std::optional<toml::parse_result> parse_document(std::string_view text) {
    try {
        return toml::parse(text);
    } catch (const TomlGaveUp&) {
        return std::nullopt;
    }
}

/// The line at whose end the library gives up: it does not say.
std::uint32_t line_of_giving_up(std::string_view text) {
    std::uint32_t line = 1;
    for (std::size_t end = text.find('\n'); end < text.size() && parse_document(text.substr(0, end)); end = text.find('\n', end + 1)) ++line;
    return line;
}

}  // namespace

Parsed<void> apply_toml(std::string_view text, std::string_view file, Config& config) {
    const auto parsed = parse_document(text);
    const auto complain = [file](const Complaint& complaint) {
        return std::unexpected(std::string(file) + ':' + std::to_string(complaint.line) + ": " +
                               complaint.text);
    };
    if (!parsed) return complain({line_of_giving_up(text), "a name is malformed"});
    const toml::parse_result& document = *parsed;
    if (!document)
        return complain({document.error().source().begin.line, printable(document.error().description())});

    Config changed = config;
    std::optional<Complaint> first;
    for (const auto& [key, node] : document.table()) {
        const std::uint32_t line = key.source().begin.line;
        std::string what;
        if (const OptionSpec* option = find_option(key.str())) {
            if (auto applied = apply_node(*option, node, changed); !applied) what = applied.error();
        } else {
            what = "unknown key; the nearest known one is " + std::string(nearest_key(key.str()));
        }
        if (!what.empty() && (!first || line < first->line))
            first = Complaint{line, printable(key.str()) + ": " + what};
    }
    if (first) return complain(*first);
    config = std::move(changed);
    return {};
}

}  // namespace filesrv::config
