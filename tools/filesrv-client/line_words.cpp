// SPDX-License-Identifier: MIT
// A line as words.
#include "tools/filesrv-client/line_words.hpp"

#include <algorithm>
#include <optional>
#include <utility>

#include "base/assert.hpp"
#include "base/numbers.hpp"
#include "base/utf8.hpp"
#include "http/grammar.hpp"

namespace filesrv::client {
namespace {

/// One pass over a line.
class Splitter {
public:
    explicit Splitter(std::string_view line) noexcept : line_(line) {}

    Split run() {
        while (at_ < line_.size()) step();
        if (in_word_) end_word();
        return std::move(split_);
    }

private:
    void step() {
        const char c = line_[at_];
        if (split_.open == Open::nothing && http::grammar::is_blank(c)) {
            if (in_word_) end_word();
            ++at_;
            return;
        }
        if (!in_word_ && c == '#') {
            at_ = line_.size();
            return;
        }
        begin_word();
        if (c == '\\' && split_.open != Open::single_quote) {
            escape();
        } else if (const Open quote = quote_of(c); quote != Open::nothing && split_.open == Open::nothing) {
            split_.open = quote;
            ++at_;
        } else if (quote != Open::nothing && split_.open == quote) {
            split_.open = Open::nothing;
            ++at_;
        } else {
            word_.text += c;
            ++at_;
        }
    }

    static Open quote_of(char c) noexcept {
        if (c == '\'') return Open::single_quote;
        return c == '"' ? Open::double_quote : Open::nothing;
    }

    void escape() {
        const std::string_view rest = line_.substr(at_ + 1);
        if (rest.empty()) {
            split_.open = Open::backslash;
            at_ = line_.size();
            return;
        }
        const auto byte = rest.size() >= 3 && rest[0] == 'x' ? parse_hex(rest.substr(1, 2)) : std::nullopt;
        word_.text += byte ? static_cast<char>(*byte) : rest[0];
        at_ += byte ? 4 : 2;
    }

    void begin_word() {
        if (in_word_) return;
        in_word_ = true;
        word_ = Word{.text = {}, .begin = at_, .end = at_};
    }

    void end_word() {
        FS_ASSERT(in_word_ && at_ > word_.begin);
        word_.end = at_;
        split_.words.push_back(std::move(word_));
        in_word_ = false;
    }

    std::string_view line_;
    std::size_t at_ = 0;
    Split split_;
    Word word_;
    bool in_word_ = false;
};

/// The bytes that text begins with and that belong together: a character, or one byte of what is no UTF-8.
std::string_view first_character(std::string_view text) noexcept {
    return text.substr(0, std::max<std::size_t>(utf8_length(text), 1));
}

bool is_shown_as_itself(std::string_view character) noexcept {
    return utf8_length(character) > 0 && !is_control_character(character);
}

bool can_be_literal(std::string_view name) noexcept {
    while (!name.empty()) {
        const std::string_view character = first_character(name);
        if (character == "'" || !is_shown_as_itself(character)) return false;
        name.remove_prefix(character.size());
    }
    return true;
}

/// `marks` are those that need a backslash.
void append_escaped(std::string& out, std::string_view name, std::string_view marks) {
    while (!name.empty()) {
        const std::string_view character = first_character(name);
        if (!is_shown_as_itself(character)) {
            append_printable(out, character);
        } else {
            if (marks.find(character) != std::string_view::npos) out += '\\';
            out += character;
        }
        name.remove_prefix(character.size());
    }
}

}  // namespace

Split split_line(std::string_view line) { return Splitter(line).run(); }

std::expected<std::vector<std::string>, std::string> whole_words(std::string_view line) {
    Split split = split_line(line);
    switch (split.open) {
        case Open::nothing: break;
        case Open::single_quote: return std::unexpected("a ' has no end");
        case Open::double_quote: return std::unexpected("a \" has no end");
        case Open::backslash: return std::unexpected("a backslash ends the line");
    }
    std::vector<std::string> words;
    for (Word& word : split.words) {
        if (word.text.find('\0') != std::string::npos) return std::unexpected("a name cannot hold a zero byte");
        words.push_back(std::move(word.text));
    }
    return words;
}

std::string written_as(std::string_view name, Open way) {
    FS_ASSERT(way != Open::backslash);
    if (way == Open::single_quote && can_be_literal(name)) return '\'' + std::string(name);
    std::string out(way == Open::double_quote ? "\"" : "");
    if (way != Open::double_quote && name.starts_with('#')) out += '\\';
    append_escaped(out, name, way == Open::double_quote ? "\"\\" : " '\"\\");
    return out;
}

}  // namespace filesrv::client
