// SPDX-License-Identifier: MIT
// Token edits. Each looks the lines up anew: the one before may have broken them.
#include "token_edits.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "http/grammar.hpp"
#include "lines.hpp"
#include "words.hpp"

namespace filesrv::mutate {
namespace {

/// A line other than the request line, if there is one.
std::optional<Line> some_field(const std::string& request, Random& random) {
    const std::vector<Line> lines = head_lines(request);
    if (lines.size() < 2) return std::nullopt;
    FS_ASSERT(lines.back().next <= request.size());
    return lines[1 + random.below(lines.size() - 1)];
}

void set_value(std::string& request, const Line& line, std::string_view value) {
    const auto colon = colon_of(request, line);
    if (!colon) return;
    request.replace(*colon + 1, line.end - *colon - 1, std::string(" ").append(value));
}

std::string_view some_value(Random& random, const Sources& sources) {
    if (!sources.values.empty() && random.one_in(4)) return random.pick(sources.values);
    return random.pick(words::values());
}

void replace_value(std::string& request, Random& random, const Sources& sources) {
    if (const auto line = some_field(request, random)) set_value(request, *line, some_value(random, sources));
}

void replace_name(std::string& request, Random& random, const Sources&) {
    const auto line = some_field(request, random);
    if (!line) return;
    const std::size_t end = colon_of(request, *line).value_or(line->end);
    request.replace(line->begin, end - line->begin, random.pick(words::field_names()));
}

void swap_values(std::string& request, Random& random, const Sources&) {
    const auto one = some_field(request, random);
    const auto other = some_field(request, random);
    if (!one || !other || one->begin == other->begin) return;
    const auto [first, second] =
        one->begin < other->begin ? std::pair(*one, *other) : std::pair(*other, *one);
    const auto text = [&request](const Line& line) {
        const std::size_t colon = colon_of(request, line).value_or(line.begin);
        return request.substr(colon, line.end - colon);
    };
    const std::string early = text(first), late = text(second);
    FS_ASSERT(first.end <= second.begin && late.size() <= second.end);
    request.replace(second.end - late.size(), late.size(), early);  // the later one first: offsets stay right
    request.replace(first.end - early.size(), early.size(), late);
}

void add_field(std::string& request, Random& random, const Sources& sources) {
    const auto line = some_field(request, random);
    if (!line) return;
    std::string field(random.pick(words::field_names()));
    field.append(random.one_in(16) ? " : " : ": ").append(some_value(random, sources)).append("\r\n");
    insert_repeated(request, line->begin, field, 1);
}

void repeat_line(std::string& request, Random& random, const Sources&) {
    const std::vector<Line> lines = head_lines(request);
    if (lines.empty()) return;
    const Line line = random.pick(lines);
    const std::string text = request.substr(line.begin, line.next - line.begin);
    insert_repeated(request, line.begin, text,
                    random.one_in(64) ? 90 + random.below(20) : 1 + random.below(3));
}

void drop_line(std::string& request, Random& random, const Sources&) {
    if (const auto line = some_field(request, random)) request.erase(line->begin, line->next - line->begin);
}

/// Replaces word `index` of the request line (method, target, version).
void replace_word(std::string& request, std::size_t index, std::string_view word) {
    const std::vector<Line> lines = head_lines(request);
    if (lines.empty()) return;
    std::size_t begin = lines[0].begin;
    for (; index > 0; --index) {
        const std::size_t blank = request.find(' ', begin);
        if (blank == request.npos || blank >= lines[0].end) return;
        begin = blank + 1;
    }
    const std::size_t end = std::min(request.find(' ', begin), lines[0].end);
    request.replace(begin, end - begin, word);
}

void replace_method(std::string& request, Random& random, const Sources&) {
    replace_word(request, 0, random.pick(words::methods()));
}

void replace_target(std::string& request, Random& random, const Sources&) {
    replace_word(request, 1, random.pick(words::targets()));
}

void replace_version(std::string& request, Random& random, const Sources&) {
    replace_word(request, 2, random.pick(words::versions()));
}

/// Finds a run of digits at or after a random place, and puts a boundary number there.
void replace_number(std::string& request, Random& random, const Sources&) {
    if (request.empty()) return;
    const auto from = request.begin() + static_cast<std::ptrdiff_t>(random.below(request.size()));
    const auto begin = std::find_if(from, request.end(), http::grammar::is_digit);
    const auto end = std::find_if_not(begin, request.end(), http::grammar::is_digit);
    request.replace(begin, end, random.pick(words::numbers()));
}

/// Ends one line of the head in another way, or not at all.
void replace_line_end(std::string& request, Random& random, const Sources&) {
    static constexpr std::array<std::string_view, 8> ends{"\n",   "\r",    "",      "\r\r\n",
                                                          "\n\r", " \r\n", "\r\n ", "\r\n\r\n"};
    const std::vector<Line> lines = head_lines(request);
    if (lines.empty()) return;
    const Line line = random.pick(lines);
    request.replace(line.end, line.next - line.end, random.pick(ends));
}

constexpr std::array<Edit, 16> edits{replace_value, replace_value,  replace_name,    swap_values,
                                     add_field,     add_field,      add_field,       repeat_line,
                                     drop_line,     replace_method, replace_target,  replace_target,
                                     replace_value, replace_number, replace_version, replace_line_end};

}  // namespace

std::span<const Edit> token_edits() noexcept {
    return edits;
}

}  // namespace filesrv::mutate
