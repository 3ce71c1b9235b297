// SPDX-License-Identifier: MIT
// JSON that was read, as a tree that takes no memory to be destroyed.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace filesrv::observe {

struct JsonMember;

/// The library's own tree gathers its nodes in a list when it goes: who runs out of memory then ends the process.
struct JsonValue {
    using Array = std::vector<JsonValue>;
    using Object = std::vector<JsonMember>;

    /// A whole number below zero is a double, too: nobody here counts backwards.
    std::variant<std::monostate, bool, std::uint64_t, double, std::string, Array, Object> held;  // monostate: null

    [[nodiscard]] bool is_null() const noexcept { return std::holds_alternative<std::monostate>(held); }
    [[nodiscard]] const Array* array() const noexcept { return std::get_if<Array>(&held); }
    [[nodiscard]] const Object* object() const noexcept { return std::get_if<Object>(&held); }
    /// Null: it is no object, or has no such member. Of several by one name the last one counts.
    [[nodiscard]] const JsonValue* find(std::string_view name) const noexcept;
};

struct JsonMember {
    std::string name;
    JsonValue value;
};

/// Objects and arrays within each other, at most.
inline constexpr std::size_t json_depth_max = 32;

/// The whole text is one value (RFC 8259). Nothing for all else, and for what is nested deeper than json_depth_max.
[[nodiscard]] std::optional<JsonValue> parse_json(std::string_view text);

}  // namespace filesrv::observe
