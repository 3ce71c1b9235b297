// SPDX-License-Identifier: MIT
// JSON both ways from one description: a type names its members once, and is written and read by that.
//
// A type is described by a function `describe(visitor, object)` beside it, found by its namespace. It calls
// `visitor(name, member)` for each member, and `visitor.nested(name, [](const auto& inner) { … })` for what is an object
// only in JSON; the object is const for writing. A type that has `as_pair(object)` instead is an array of two.
// For implementation files only: the library behind it is slow to compile.
#pragma once

#include <cmath>
#include <concepts>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

#include "base/assert.hpp"

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
    nlohmann::ordered_json& object;

    template <class T>
    void operator()(const char* name, const T& member) const {
        FS_ASSERT(!object.contains(name));
        object[name] = json_of(member);
    }

    template <class Inner>
    void nested(const char* name, const Inner& inner) const {
        FS_ASSERT(!object.contains(name));
        inner(JsonWriter{object[name] = nlohmann::ordered_json::object()});
    }

    template <JsonPlain T>
    static nlohmann::ordered_json json_of(const T& value) {
        if constexpr (std::same_as<T, double>) FS_ASSERT(std::isfinite(value));
        return value;
    }
    template <class T>
    static nlohmann::ordered_json json_of(const std::optional<T>& value) {
        if (value) return json_of(*value);
        return nullptr;
    }
    template <class T>
    static nlohmann::ordered_json json_of(const std::vector<T>& list) {
        auto array = nlohmann::ordered_json::array();
        for (const T& item : list) array.push_back(json_of(item));
        return array;
    }
    template <JsonPair T>
    static nlohmann::ordered_json json_of(const T& pair) {
        const auto [first, second] = as_pair(pair);
        return nlohmann::ordered_json::array({json_of(first), json_of(second)});
    }
    template <class T>
    static nlohmann::ordered_json json_of(const T& described) {
        auto object = nlohmann::ordered_json::object();
        describe(JsonWriter{object}, described);
        return object;
    }
};

/// Reads what is there; `good` falls when something is of another kind. What is missing keeps its value.
struct JsonReader {
    const nlohmann::json& object;
    bool& good;

    template <class T>
    void operator()(const char* name, T& member) const {
        const auto found = object.find(name);
        if (found != object.end()) good = good && read(*found, member);
    }

    template <class Inner>
    void nested(const char* name, const Inner& inner) const {
        const auto found = object.find(name);
        if (found == object.end()) return;
        if (found->is_object()) inner(JsonReader{*found, good});
        else good = false;
    }

    template <JsonPlain T>
    static bool read(const nlohmann::json& value, T& into) {
        if (!is_kind<T>(value)) return false;
        into = value.get<T>();
        return true;
    }
    template <class T>
    static bool read(const nlohmann::json& value, std::optional<T>& into) {
        if (value.is_null()) return into.reset(), true;
        return read(value, into.emplace());
    }
    template <class T>
    static bool read(const nlohmann::json& value, std::vector<T>& into) {
        if (!value.is_array()) return false;
        into.clear();
        for (const auto& item : value) {
            if (!read(item, into.emplace_back())) return false;
        }
        return true;
    }
    template <JsonPair T>
    static bool read(const nlohmann::json& value, T& pair) {
        if (!value.is_array() || value.size() != 2) return false;
        const auto [first, second] = as_pair(pair);
        return read(value[0], first) && read(value[1], second);
    }
    template <class T>
    static bool read(const nlohmann::json& value, T& described) {
        if (!value.is_object()) return false;
        bool all_good = true;
        describe(JsonReader{value, all_good}, described);
        return all_good;
    }

private:
    template <JsonPlain T>
    static bool is_kind(const nlohmann::json& value) {
        if constexpr (std::same_as<T, bool>) return value.is_boolean();
        if constexpr (std::same_as<T, std::string>) return value.is_string();
        if constexpr (std::same_as<T, std::uint64_t>) return value.is_number_unsigned();
        if constexpr (std::same_as<T, std::int64_t>) {
            return value.is_number_unsigned() && value.get<std::uint64_t>() <= INT64_MAX;  // times: none before 1970
        }
        if constexpr (std::same_as<T, double>) return value.is_number();
    }
};

/// One line, or lines with an indent. Bytes that are no UTF-8 become U+FFFD, and all that is not ASCII is escaped.
[[nodiscard]] inline std::string text_of(const nlohmann::ordered_json& json, int indent = -1) {
    return json.dump(indent, ' ', /*ensure_ascii=*/true, nlohmann::ordered_json::error_handler_t::replace);
}

/// An object whose member `schema` is the given one. Nothing for all else, and where a member is of another kind.
template <class T>
[[nodiscard]] std::optional<T> parse_described(std::string_view text, std::uint64_t schema) {
    const auto object = nlohmann::json::parse(text, nullptr, /*allow_exceptions=*/false);
    if (!object.is_object()) return std::nullopt;
    std::uint64_t its_schema = 0;
    bool good = true;
    JsonReader{object, good}("schema", its_schema);
    if (!good || its_schema != schema) return std::nullopt;
    std::optional<T> made(std::in_place);
    if (!JsonReader::read(object, *made)) return std::nullopt;
    return made;
}

}  // namespace filesrv::observe
