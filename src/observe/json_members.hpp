// SPDX-License-Identifier: MIT
// JSON both ways from one description: a type names its members once, and is written and read by that.
//
// A type is described by a function `describe(visitor, object)` beside it, found by its namespace. It calls
// `visitor(name, member)` for each member, and `visitor.nested(name, [](const auto& inner) { … })` for what is an object
// only in JSON; the object is const for writing. A type that has `as_pair(object)` instead is an array of two.
#pragma once

#include <concepts>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "observe/json_text.hpp"
#include "observe/json_value.hpp"

namespace filesrv::observe {

template <class T>
concept JsonPlain = std::same_as<T, bool> || std::same_as<T, std::string> || std::same_as<T, std::uint64_t> ||
                    std::same_as<T, std::int64_t> || std::same_as<T, double>;

/// `Made` or `const Made`: so that one description serves writing and reading.
template <class Maybe, class Made>
concept Of = std::same_as<std::remove_const_t<Maybe>, Made>;

template <class T>
concept JsonPair = requires(T& object) { as_pair(object); };

struct JsonWriter {
    JsonText& text;

    template <class T>
    void operator()(const char* name, const T& member) const {
        text.name(name);
        write(text, member);
    }

    template <class Inner>
    void nested(const char* name, const Inner& inner) const {
        text.name(name);
        text.begin_object();
        inner(*this);
        text.end_object();
    }

    template <JsonPlain T>
    static void write(JsonText& text, const T& value) {
        text.add(value);
    }
    template <class T>
    static void write(JsonText& text, const std::optional<T>& value) {
        if (value) write(text, *value);
        else text.add_null();
    }
    template <class T>
    static void write(JsonText& text, const std::vector<T>& list) {
        text.begin_array();
        for (const T& item : list) write(text, item);
        text.end_array();
    }
    template <JsonPair T>
    static void write(JsonText& text, const T& pair) {
        const auto [first, second] = as_pair(pair);
        text.begin_array();
        write(text, first);
        write(text, second);
        text.end_array();
    }
    template <class T>
    static void write(JsonText& text, const T& described) {
        text.begin_object();
        describe(JsonWriter{text}, described);
        text.end_object();
    }
};

/// Reads what is there; `good` falls when something is of another kind. What is missing keeps its value.
struct JsonReader {
    const JsonValue& value;  ///< an object
    bool& good;

    template <class T>
    void operator()(const char* name, T& member) const {
        if (const JsonValue* found = value.find(name)) good = good && read(*found, member);
    }

    template <class Inner>
    void nested(const char* name, const Inner& inner) const {
        const JsonValue* found = value.find(name);
        if (found == nullptr) return;
        if (found->object() != nullptr) inner(JsonReader{*found, good});
        else good = false;
    }

    template <JsonPlain T>
    static bool read(const JsonValue& value, T& into) {
        const T* found = std::get_if<T>(&value.held);
        if (found != nullptr) into = *found;
        return found != nullptr;
    }
    static bool read(const JsonValue& value, double& into) {
        const auto* whole = std::get_if<std::uint64_t>(&value.held);
        const auto* fraction = std::get_if<double>(&value.held);
        if (whole != nullptr) into = static_cast<double>(*whole);
        else if (fraction != nullptr) into = *fraction;
        return whole != nullptr || fraction != nullptr;
    }
    /// Times: none before 1970.
    static bool read(const JsonValue& value, std::int64_t& into) {
        std::uint64_t whole = 0;
        if (!read(value, whole) || !std::in_range<std::int64_t>(whole)) return false;
        into = static_cast<std::int64_t>(whole);
        return true;
    }
    template <class T>
    static bool read(const JsonValue& value, std::optional<T>& into) {
        if (value.is_null()) return into.reset(), true;
        return read(value, into.emplace());
    }
    template <class T>
    static bool read(const JsonValue& value, std::vector<T>& into) {
        const JsonValue::Array* items = value.array();
        if (items == nullptr) return false;
        into.clear();
        for (const JsonValue& item : *items) {
            if (!read(item, into.emplace_back())) return false;
        }
        return true;
    }
    template <JsonPair T>
    static bool read(const JsonValue& value, T& pair) {
        const JsonValue::Array* both = value.array();
        if (both == nullptr || both->size() != 2) return false;
        const auto [first, second] = as_pair(pair);
        return read(both->front(), first) && read(both->back(), second);
    }
    template <class T>
    static bool read(const JsonValue& value, T& described) {
        if (value.object() == nullptr) return false;
        bool all_good = true;
        describe(JsonReader{value, all_good}, described);
        return all_good;
    }
};

/// Of an object whose first member is its schema.
template <class T>
[[nodiscard]] std::string text_of(const T& described, std::uint64_t schema, JsonText::Layout layout = JsonText::Layout::one_line) {
    JsonText text(layout);
    text.begin_object();
    const JsonWriter writer{text};
    writer("schema", schema);
    describe(writer, described);
    text.end_object();
    return text.take();
}

/// An object whose member `schema` is the given one. Nothing for all else, and where a member is of another kind.
template <class T>
[[nodiscard]] std::optional<T> parse_described(std::string_view text, std::uint64_t schema) {
    const auto object = parse_json(text);
    if (!object) return std::nullopt;
    std::uint64_t its_schema = 0;
    bool good = object->object() != nullptr;
    JsonReader{*object, good}("schema", its_schema);
    if (!good || its_schema != schema) return std::nullopt;
    std::optional<T> made(std::in_place);
    if (!JsonReader::read(*object, *made)) return std::nullopt;
    return made;
}

}  // namespace filesrv::observe
