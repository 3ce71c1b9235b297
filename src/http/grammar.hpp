// SPDX-License-Identifier: MIT
// The small words of HTTP's grammar (RFC 9110 §5.6): tokens, blanks, lists, parameters. Shared by every
// parser here.
#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace filesrv::http::grammar {

[[nodiscard]] constexpr bool is_blank(char c) noexcept {
    return c == ' ' || c == '\t';
}
[[nodiscard]] constexpr bool is_digit(char c) noexcept {
    return c >= '0' && c <= '9';
}
[[nodiscard]] constexpr bool is_alpha(char c) noexcept {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/// ASCII only, whatever the locale.
[[nodiscard]] constexpr char lower(char c) noexcept {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
}

namespace detail {

consteval std::array<bool, 256> make_token_table() {
    std::array<bool, 256> table{};
    for (int c = 0; c < 128; ++c)
        table[static_cast<std::size_t>(c)] = is_alpha(static_cast<char>(c)) || is_digit(static_cast<char>(c));
    for (const char c : std::string_view("!#$%&'*+-.^_`|~")) table[static_cast<unsigned char>(c)] = true;
    return table;
}

inline constexpr std::array<bool, 256> token_table = make_token_table();

}  // namespace detail

/// RFC 9110 §5.6.2.
[[nodiscard]] constexpr bool is_token_char(char c) noexcept {
    return detail::token_table[static_cast<unsigned char>(c)];
}

/// A character that may stand in a field's value: visible, blank, or above ASCII (RFC 9110 §5.5).
[[nodiscard]] constexpr bool is_field_char(char c) noexcept {
    const auto byte = static_cast<unsigned char>(c);
    return (byte >= 0x20 && byte != 0x7f) || byte == '\t';
}

/// At least one character, token characters only.
[[nodiscard]] bool is_token(std::string_view text) noexcept;

/// Field characters only: no NUL, no CR, no other control but the tab.
[[nodiscard]] bool is_field_value(std::string_view text) noexcept;

/// Without blanks at both ends.
[[nodiscard]] std::string_view trim(std::string_view text) noexcept;

/// ASCII letters of either case are equal, all other bytes must be the same.
[[nodiscard]] bool equals_ignoring_case(std::string_view a, std::string_view b) noexcept;

/// Takes the next element off the front of a comma-separated list, trimmed; commas in quoted strings do not
/// separate. Nothing at the list's end. Empty elements come out as "": the caller skips or refuses them.
[[nodiscard]] std::optional<std::string_view> next_element(std::string_view& list) noexcept;

/// One `name=value` of a list of parameters.
struct Parameter {
    std::string_view name;
    std::string_view raw_value;  ///< as sent; with its quotes when `quoted`
    bool quoted = false;
};

enum class ParameterResult : unsigned char { parameter, end, malformed };

/// Takes the next `;name=value` off the front (RFC 9110 §5.6.6).
[[nodiscard]] ParameterResult next_parameter(std::string_view& rest, Parameter& out) noexcept;

/// What stands between the quotes of a quoted string, with its escapes undone (RFC 9110 §5.6.4).
[[nodiscard]] std::string unquote(std::string_view quoted);

}  // namespace filesrv::http::grammar
