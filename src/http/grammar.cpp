// SPDX-License-Identifier: MIT
// The small words of HTTP's grammar: tokens, blanks, lists, parameters.
#include "http/grammar.hpp"

#include "base/assert.hpp"

#include <cstdint>
#include <cstring>

namespace filesrv::http::grammar {
namespace {

/// Eight bytes at a time: true when any byte is below 0x20 or is 0x7f. Tabs are told apart by the caller.
bool any_control(std::uint64_t word) noexcept {
    constexpr std::uint64_t ones = 0x0101010101010101;
    constexpr std::uint64_t high = 0x8080808080808080;
    const std::uint64_t below_space = (word - ones * 0x20) & ~word & high;
    const std::uint64_t without_delete = word ^ ones * 0x7f;
    return (below_space | ((without_delete - ones) & ~without_delete & high)) != 0;
}

/// The plain way, for what is left of a text and for words with a suspect in them.
bool all_field_chars(std::string_view text) noexcept {
    for (const char c : text) {
        if (!is_field_char(c)) return false;
    }
    return true;
}

/// Length of the quoted string at the front, closing quote included; 0 when it does not end or holds a
/// control character.
std::size_t quoted_length(std::string_view text) noexcept {
    FS_ASSERT(text.starts_with('"'));
    for (std::size_t i = 1; i < text.size(); ++i) {
        if (text[i] == '"') return i + 1;
        if (text[i] == '\\') ++i;
        if (i < text.size() && !is_field_char(text[i])) return 0;
    }
    return 0;
}

/// How many token characters the text begins with.
std::size_t token_length(std::string_view text) noexcept {
    std::size_t length = 0;
    while (length < text.size() && is_token_char(text[length])) ++length;
    return length;
}

void skip_blanks(std::string_view& text) noexcept {
    while (!text.empty() && is_blank(text.front())) text.remove_prefix(1);
}

}  // namespace

bool is_token(std::string_view text) noexcept {
    return !text.empty() && token_length(text) == text.size();
}

bool is_field_value(std::string_view text) noexcept {
    // A word with a suspect in it is looked at again byte by byte: tabs are rare, and borrows may raise false
    // alarms.
    while (text.size() >= sizeof(std::uint64_t)) {
        std::uint64_t word;
        std::memcpy(&word, text.data(), sizeof(word));
        if (any_control(word) && !all_field_chars(text.substr(0, sizeof(word)))) return false;
        text.remove_prefix(sizeof(word));
    }
    return all_field_chars(text);
}

std::string_view trim(std::string_view text) noexcept {
    skip_blanks(text);
    while (!text.empty() && is_blank(text.back())) text.remove_suffix(1);
    return text;
}

bool equals_ignoring_case(std::string_view a, std::string_view b) noexcept {
    if (a.size() != b.size()) return false;
    if (a == b) return true;  // spelled as usual, mostly: a few words compared instead of every letter
    for (std::size_t i = 0; i < a.size(); ++i) {
        if (lower(a[i]) != lower(b[i])) return false;
    }
    return true;
}

std::optional<std::string_view> next_element(std::string_view& list) noexcept {
    if (list.data() == nullptr) return std::nullopt;
    // A quote that is not closed runs to the end: then nothing behind it is taken for an element of its own.
    bool in_quotes = false;
    for (std::size_t i = 0; i < list.size(); ++i) {
        if (in_quotes && list[i] == '\\') {
            ++i;
        } else if (list[i] == '"') {
            in_quotes = !in_quotes;
        } else if (list[i] == ',' && !in_quotes) {
            const std::string_view element = list.substr(0, i);
            list.remove_prefix(i + 1);
            return trim(element);
        }
    }
    // The last one: a null view marks the end, so that "a," still yields its empty second element.
    const std::string_view element = list;
    list = std::string_view();
    return trim(element);
}

ParameterResult next_parameter(std::string_view& rest, Parameter& out) noexcept {
    // Semicolons with nothing behind them are allowed: RFC 9110 makes the parameter optional.
    bool separated = false;
    for (; !rest.empty() && (rest.front() == ';' || is_blank(rest.front())); rest.remove_prefix(1)) {
        separated = separated || rest.front() == ';';
    }
    if (rest.empty()) return ParameterResult::end;
    const std::size_t name_length = token_length(rest);
    if (!separated || name_length == 0 || !rest.substr(name_length).starts_with('='))
        return ParameterResult::malformed;
    out.name = rest.substr(0, name_length);
    rest.remove_prefix(name_length + 1);
    out.quoted = rest.starts_with('"');
    const std::size_t value_length = out.quoted ? quoted_length(rest) : token_length(rest);
    if (value_length == 0) return ParameterResult::malformed;
    out.raw_value = rest.substr(0, value_length);
    rest.remove_prefix(value_length);
    FS_ASSERT(!out.name.empty() && !out.raw_value.empty());
    return ParameterResult::parameter;
}

std::string unquote(std::string_view quoted) {
    FS_ASSERT(quoted.size() >= 2 && quoted.front() == '"' && quoted.back() == '"');
    std::string text;
    for (std::size_t i = 1; i + 1 < quoted.size(); ++i) {
        if (quoted[i] == '\\') ++i;
        text.push_back(quoted[i]);
    }
    return text;
}

}  // namespace filesrv::http::grammar
