// SPDX-License-Identifier: MIT
// Dictionaries of structured fields: the algorithms of RFC 8941 §4.2, a function each. Every take_… consumes from
// the front and says whether what it wants was there.
#include "http/dictionary.hpp"

#include "base/assert.hpp"
#include "http/grammar.hpp"

#include <cstddef>

namespace filesrv::http {
namespace {

using grammar::is_alpha;
using grammar::is_digit;

bool is_lower(char c) noexcept { return c >= 'a' && c <= 'z'; }

bool is_key_char(char c) noexcept {
    return is_lower(c) || is_digit(c) || c == '_' || c == '-' || c == '.' || c == '*';
}

bool is_base64_char(char c) noexcept { return is_alpha(c) || is_digit(c) || c == '+' || c == '/' || c == '='; }

bool take_char(std::string_view& rest, char wanted) noexcept {
    if (!rest.starts_with(wanted)) return false;
    rest.remove_prefix(1);
    return true;
}

/// The longest run of characters that `belongs` takes; may be empty.
template <class Belongs>
std::string_view take_run(std::string_view& rest, Belongs belongs) noexcept {
    std::size_t length = 0;
    while (length < rest.size() && belongs(rest[length])) ++length;
    const std::string_view run = rest.substr(0, length);
    rest.remove_prefix(length);
    return run;
}

void skip_spaces(std::string_view& rest) noexcept {
    (void)take_run(rest, [](char c) { return c == ' '; });
}

bool take_key(std::string_view& rest, std::string_view& key) noexcept {
    if (rest.empty() || (!is_lower(rest.front()) && rest.front() != '*')) return false;
    key = take_run(rest, is_key_char);
    return true;
}

/// §4.2.4: at most 15 digits, or 12 with one to three behind the point.
bool take_number(std::string_view& rest, ItemKind& kind) noexcept {
    (void)take_char(rest, '-');
    const std::size_t whole = take_run(rest, is_digit).size();
    kind = ItemKind::integer;
    if (!take_char(rest, '.')) return whole >= 1 && whole <= 15;
    kind = ItemKind::decimal;
    const std::size_t fraction = take_run(rest, is_digit).size();
    return whole >= 1 && whole <= 12 && fraction >= 1 && fraction <= 3;
}

/// §4.2.5: visible ASCII and spaces; a backslash hides a quote or itself and nothing else.
bool take_string(std::string_view& rest) noexcept {
    FS_ASSERT(rest.starts_with('"'));
    for (std::size_t i = 1; i < rest.size(); ++i) {
        if (rest[i] == '"') {
            rest.remove_prefix(i + 1);
            return true;
        }
        if (rest[i] < 0x20 || rest[i] > 0x7E) return false;
        if (rest[i] == '\\' && (++i == rest.size() || (rest[i] != '"' && rest[i] != '\\'))) return false;
    }
    return false;
}

/// §4.2.3.1.
bool take_bare_item(std::string_view& rest, ItemKind& kind, std::string_view& text) noexcept {
    if (rest.empty()) return false;
    const std::string_view before = rest;
    const char first = rest.front();
    bool is_good = false;
    if (first == '-' || is_digit(first)) {
        is_good = take_number(rest, kind);
    } else if (first == '"') {
        kind = ItemKind::string;
        is_good = take_string(rest);
    } else if (first == '*' || is_alpha(first)) {
        kind = ItemKind::token;
        (void)take_run(rest, [](char c) { return grammar::is_token_char(c) || c == ':' || c == '/'; });
        is_good = true;
    } else if (first == ':') {
        kind = ItemKind::bytes;
        rest.remove_prefix(1);
        text = take_run(rest, is_base64_char);
        return take_char(rest, ':');
    } else if (first == '?') {
        kind = ItemKind::boolean;
        rest.remove_prefix(1);
        is_good = take_char(rest, '0') || take_char(rest, '1');
    }
    text = before.substr(0, before.size() - rest.size());
    return is_good;
}

/// §4.2.3.2: any number of `;key` or `;key=item`.
bool take_parameters(std::string_view& rest) noexcept {
    std::string_view key;
    std::string_view text;
    ItemKind kind{};
    while (take_char(rest, ';')) {
        skip_spaces(rest);
        if (!take_key(rest, key)) return false;
        if (take_char(rest, '=') && !take_bare_item(rest, kind, text)) return false;
    }
    return true;
}

/// §4.2.1.2, without its parameters.
bool take_inner_list(std::string_view& rest) noexcept {
    FS_ASSERT(rest.starts_with('('));
    rest.remove_prefix(1);
    std::string_view text;
    ItemKind kind{};
    for (;;) {
        skip_spaces(rest);
        if (take_char(rest, ')')) return true;
        if (!take_bare_item(rest, kind, text) || !take_parameters(rest)) return false;
        if (!rest.starts_with(' ') && !rest.starts_with(')')) return false;
    }
}

bool take_value(std::string_view& rest, DictionaryMember& out) noexcept {
    if (!rest.starts_with('(')) return take_bare_item(rest, out.kind, out.text);
    const std::string_view before = rest;
    out.kind = ItemKind::inner_list;
    const bool is_good = take_inner_list(rest);
    out.text = before.substr(0, before.size() - rest.size());
    return is_good;
}

}  // namespace

DictionaryReader::DictionaryReader(std::string_view line) noexcept : rest_(line) {
    skip_spaces(rest_);
    while (rest_.ends_with(' ')) rest_.remove_suffix(1);
}

DictionaryReader::Step DictionaryReader::next(DictionaryMember& out) noexcept {
    if (rest_.empty()) return Step::end;
    if (!is_first_) {
        (void)take_run(rest_, grammar::is_blank);
        if (!take_char(rest_, ',')) return Step::malformed;
        (void)take_run(rest_, grammar::is_blank);  // nothing behind a comma is malformed: no key
    }
    is_first_ = false;
    out = {};
    if (!take_key(rest_, out.key)) return Step::malformed;
    if (take_char(rest_, '=') && !take_value(rest_, out)) return Step::malformed;
    return take_parameters(rest_) ? Step::member : Step::malformed;
}

}  // namespace filesrv::http
