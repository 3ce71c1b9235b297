// SPDX-License-Identifier: MIT
// Foreign text made safe for HTML and JSON, and the frame of all pages.
#include "serve/markup.hpp"

#include <cstddef>

#include <nlohmann/json.hpp>

#include "base/assert.hpp"

namespace filesrv::serve {
namespace {

constexpr std::string_view replacement = "\xEF\xBF\xBD";  // U+FFFD

/// Length of the well-formed UTF-8 sequence that text begins with, by the table of RFC 3629 section 4; 0 = none.
std::size_t utf8_length(std::string_view text) noexcept {
    FS_ASSERT(!text.empty());
    const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
    const auto tail = [&](std::size_t i, unsigned low = 0x80, unsigned high = 0xBF) {
        return i < text.size() && byte(i) >= low && byte(i) <= high;
    };
    const unsigned first = byte(0);
    if (first < 0x80) return 1;
    if (first >= 0xC2 && first <= 0xDF) return tail(1) ? 2 : 0;
    if (first >= 0xE0 && first <= 0xEF) {
        // No overlong forms, no surrogates.
        const bool second = tail(1, first == 0xE0 ? 0xA0 : 0x80, first == 0xED ? 0x9F : 0xBF);
        return second && tail(2) ? 3 : 0;
    }
    if (first >= 0xF0 && first <= 0xF4) {
        const bool second = tail(1, first == 0xF0 ? 0x90 : 0x80, first == 0xF4 ? 0x8F : 0xBF);
        return second && tail(2) && tail(3) ? 4 : 0;
    }
    return 0;
}

/// C0, DEL and C1: no name needs them, and a page shows them as nothing.
bool is_control(std::string_view character) noexcept {
    const auto first = static_cast<unsigned char>(character[0]);
    if (character.size() == 1) return first < 0x20 || first == 0x7F;
    return first == 0xC2 && static_cast<unsigned char>(character[1]) < 0xA0;
}

void append_character(std::string& out, std::string_view character) {
    if (is_control(character)) {
        out += replacement;
        return;
    }
    switch (character[0]) {
        case '&': out += "&amp;"; return;
        case '<': out += "&lt;"; return;
        case '>': out += "&gt;"; return;
        case '"': out += "&quot;"; return;
        case '\'': out += "&#39;"; return;
        default: out += character; return;
    }
}

// System colours follow light and dark by themselves; rows wrap on a narrow screen instead of scrolling sideways.
constexpr std::string_view style = R"(
:root{color-scheme:light dark;font:1rem/1.5 system-ui,sans-serif}
body{margin:0 auto;max-width:60rem;padding:.5rem 1rem 2rem}
h1{font-size:1.25rem;overflow-wrap:anywhere}
ul{list-style:none;margin:0;padding:0}
li{display:flex;flex-wrap:wrap;gap:0 1rem;padding:.35rem 0;border-bottom:1px solid #8883}
li a{flex:1 1 14rem;overflow-wrap:anywhere}
li data,li time{font-variant-numeric:tabular-nums;opacity:.75;white-space:nowrap}
li data{min-width:5rem;text-align:right}
a{text-decoration:none}a:hover,a:focus{text-decoration:underline}
form{display:flex;flex-wrap:wrap;gap:.5rem;margin:1rem 0}input,button{font:inherit}
footer{margin-top:1rem;opacity:.75}
)";

}  // namespace

void append_html(std::string& out, std::string_view text) {
    while (!text.empty()) {
        const std::size_t length = utf8_length(text);
        if (length == 0) {
            out += replacement;
            text.remove_prefix(1);
            continue;
        }
        append_character(out, text.substr(0, length));
        text.remove_prefix(length);
    }
}

void append_json_string(std::string& out, std::string_view text) {
    using nlohmann::json;
    out += json(text).dump(-1, ' ', false, json::error_handler_t::replace);
}

void append_page_begin(std::string& out, std::string_view title) {
    out += "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
           "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>";
    append_html(out, title);
    out.append("</title>\n<style>").append(style).append("</style>\n</head>\n<body>\n<main>\n<h1>");
    append_html(out, title);
    out += "</h1>\n";
}

void append_page_end(std::string& out) { out += "</main>\n</body>\n</html>\n"; }

}  // namespace filesrv::serve
