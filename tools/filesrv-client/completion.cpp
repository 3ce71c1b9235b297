// SPDX-License-Identifier: MIT
// What TAB does with the beginning of a line.
#include "tools/filesrv-client/completion.hpp"

#include <algorithm>

#include "base/assert.hpp"
#include "base/columns.hpp"
#include "base/utf8.hpp"

namespace filesrv::client {
namespace {

constexpr std::size_t choices_max = 200;  ///< more than a screen or two helps nobody

Names names_at(std::span<const Word> before) noexcept {
    if (before.empty()) return Names::verb;
    const VerbSpec* spec = find_verb(before.front().text);
    const std::size_t argument = before.size() - 1;
    return spec != nullptr && argument < std::size(spec->takes) ? spec->takes[argument] : Names::nothing;
}

Open way_of(std::string_view word) noexcept {
    if (word.starts_with('\'')) return Open::single_quote;
    return word.starts_with('"') ? Open::double_quote : Open::nothing;
}

std::string_view in_common(std::string_view a, std::string_view b) noexcept {
    const std::size_t same = static_cast<std::size_t>(std::ranges::mismatch(a, b).in1 - a.begin());
    std::size_t whole = 0;  // no character is cut
    while (whole < same) {
        const std::size_t length = std::max<std::size_t>(utf8_length(a.substr(whole)), 1);
        if (whole + length > same) break;
        whole += length;
    }
    return a.substr(0, whole);
}

/// In any case.
bool begins_with_verb(std::string_view verb, std::string_view typed) noexcept {
    const auto same = [](char a, char b) { return a == b || (a >= 'A' && a <= 'Z' && b == a - 'A' + 'a'); };
    return typed.size() <= verb.size() && std::ranges::equal(verb.substr(0, typed.size()), typed, same);
}

std::string closing(Open way, bool folder) {
    if (folder) return "/";
    if (way == Open::single_quote) return "' ";
    return way == Open::double_quote ? "\" " : " ";
}

}  // namespace

CompletionPoint completion_point(std::string_view line) {
    Split split = split_line(line);
    CompletionPoint point{.begin = line.size()};
    if (!split.words.empty() && split.words.back().end == line.size()) {
        Word word = std::move(split.words.back());
        split.words.pop_back();
        point.begin = word.begin;
        point.way = way_of(line.substr(word.begin));
        point.typed = std::move(word.text);
    }
    point.names = names_at(split.words);
    if (split.open == Open::backslash) point.names = Names::nothing;
    if (point.names == Names::local || point.names == Names::saved || point.names == Names::remote) {
        const std::size_t slash = point.typed.rfind('/') + 1;  // npos + 1 is 0
        point.folder = point.typed.substr(0, slash);
        point.typed.erase(0, slash);
    }
    return point;
}

Completion complete(const CompletionPoint& point, std::span<const NameThere> there) {
    std::vector<const NameThere*> found;
    for (const NameThere& name : there)
        if (name.name.starts_with(point.typed) && (!name.name.starts_with('.') || point.typed.starts_with('.')))
            found.push_back(&name);
    if (found.empty()) return {};
    std::string_view common = found.front()->name;
    for (const NameThere* name : found) common = in_common(common, name->name);
    Completion completion{.replacement = written_as(point.folder + std::string(common), point.way), .choices = {}};
    if (found.size() == 1) {
        // What cannot stand in '…' is written without them, so there is no quote to close.
        const bool quoted = !completion.replacement.empty() && way_of(completion.replacement) == point.way;
        completion.replacement += closing(quoted ? point.way : Open::nothing, found.front()->folder);
        return completion;
    }
    for (const NameThere* name : found) completion.choices.push_back(printable(name->name) + (name->folder ? "/" : ""));
    std::ranges::sort(completion.choices);
    return completion;
}

std::vector<NameThere> verb_names(std::string_view typed) {
    const auto is_lower = [](char c) { return c >= 'a' && c <= 'z'; };
    const auto lower = [](char c) { return static_cast<char>(c - 'A' + 'a'); };
    std::vector<NameThere> names;
    for (const VerbSpec& spec : verb_table()) {
        if (!begins_with_verb(spec.name, typed)) continue;
        std::string rest(spec.name.substr(typed.size()));
        if (std::ranges::any_of(typed, is_lower)) std::ranges::transform(rest, rest.begin(), lower);
        names.push_back({.name = std::string(typed) + rest, .folder = false});
    }
    return names;
}

std::string choices_text(std::span<const std::string> choices, std::size_t width) {
    FS_ASSERT(!choices.empty());
    const auto shown = choices.first(std::min(choices.size(), choices_max));
    std::size_t widest = 0;
    for (const std::string& choice : shown) widest = std::max(widest, columns_of(choice));
    const std::size_t across = std::max<std::size_t>(1, (width + 2) / (widest + 2));
    const std::size_t down = (shown.size() + across - 1) / across;
    std::string out;
    for (std::size_t row = 0; row < down; ++row) {
        for (std::size_t i = row; i < shown.size(); i += down) {
            out += shown[i];
            if (i + down < shown.size()) out.append(widest + 2 - columns_of(shown[i]), ' ');
        }
        out += '\n';
    }
    if (shown.size() < choices.size()) out += "… and " + std::to_string(choices.size() - shown.size()) + " more\n";
    return out;
}

}  // namespace filesrv::client
