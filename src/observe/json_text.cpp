// SPDX-License-Identifier: MIT
// JSON as text while it is made. The library does what is hard, strings and fractions; of these alone it makes no tree.
#include "observe/json_text.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include <nlohmann/json.hpp>

#include "base/assert.hpp"

namespace filesrv::observe {
namespace {

constexpr std::size_t indent_width = 2;

bool is_plain(char c) noexcept { return c >= 0x20 && c < 0x7F && c != '"' && c != '\\'; }

}  // namespace

void append_json_string(std::string& out, std::string_view text, JsonLetters letters) {
    using nlohmann::json;
    if (std::ranges::all_of(text, is_plain)) {  // nearly every one, and of names in a listing there may be a million
        out.append("\"").append(text).append("\"");
        return;
    }
    out += json(text).dump(-1, ' ', letters == JsonLetters::ascii, json::error_handler_t::replace);
}

void JsonText::new_line() {
    if (layout_ == Layout::indented) text_.append("\n").append(depth_ * indent_width, ' ');
}

/// What stands between a value and the one before it.
void JsonText::separate() {
    if (std::exchange(is_named_, false)) return;
    if (!std::exchange(is_first_, false)) text_ += ',';
    if (depth_ > 0) new_line();
}

void JsonText::name(std::string_view name) {
    FS_ASSERT(depth_ > 0 && !is_named_);
    separate();
    append_json_string(text_, name, JsonLetters::ascii);
    text_ += layout_ == Layout::indented ? ": " : ":";
    is_named_ = true;
}

void JsonText::begin(char bracket) {
    separate();
    text_ += bracket;
    ++depth_;
    is_first_ = true;
}

void JsonText::end(char bracket) {
    FS_ASSERT(depth_ > 0 && !is_named_);
    --depth_;
    if (!std::exchange(is_first_, false)) new_line();
    text_ += bracket;
}

void JsonText::add_plain(std::string_view text) {
    separate();
    text_ += text;
}

void JsonText::add(std::string_view text) {
    separate();
    append_json_string(text_, text, JsonLetters::ascii);
}

void JsonText::add(double value) {
    FS_ASSERT(std::isfinite(value));
    add_plain(nlohmann::json(value).dump());
}

std::string JsonText::take() {
    FS_ASSERT(depth_ == 0 && !text_.empty());
    return std::move(text_);
}

}  // namespace filesrv::observe
