// SPDX-License-Identifier: MIT
// Foreign text made safe for HTML and JSON, and the frame of all pages.
#include "serve/markup.hpp"

#include <cstddef>

#include "base/utf8.hpp"
#include "observe/json_text.hpp"

namespace filesrv::serve {
namespace {

constexpr std::string_view replacement = "\xEF\xBF\xBD";  // U+FFFD

void append_character(std::string& out, std::string_view character) {
    if (is_control_character(character)) {
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

// System colours follow light and dark by themselves. Columns have fixed widths, so that a long table can be shown
// while it comes; on a narrow screen a row takes two lines instead of scrolling sideways.
constexpr std::string_view style = R"(
:root{color-scheme:light dark;font:1rem/1.5 system-ui,sans-serif}
body{margin:0 auto;max-width:60rem;padding:.5rem 1rem 2rem}
h1{font-size:1.25rem;overflow-wrap:anywhere}
ul{list-style:none;margin:0;padding:0}
li{padding:.35rem 0;border-bottom:1px solid #8883;overflow-wrap:anywhere}
table{width:100%;table-layout:fixed;border-collapse:collapse}
th,td{padding:.35rem .25rem;border-bottom:1px solid #8883;text-align:left;vertical-align:top}
tr:hover td{background:#8881}
td{overflow-wrap:anywhere}
td a{display:block}
[href$="/"]{font-weight:600}
th+th,td+td{width:6rem;text-align:right;white-space:nowrap;font-variant-numeric:tabular-nums}
th+th+th,td+td+td{width:10rem}
th,td+td,footer,small{color:color-mix(in srgb,currentColor 70%,transparent)}
a{text-decoration:none}a:hover,a:focus{text-decoration:underline}
form{display:flex;flex-wrap:wrap;align-items:center;gap:.5rem;margin:1rem 0}input,button{font:inherit;max-width:100%}
footer{margin-top:1rem}
@media(max-width:36rem){tr{display:grid;grid-template-columns:1fr auto;border-bottom:1px solid #8883;padding:.35rem 0}
th{display:none}tr:has(th){display:none}td{border:0;padding:0 .25rem}td:first-child{grid-column:1/-1}
td+td{width:auto;text-align:left;font-size:.875rem}td+td+td{text-align:right}}
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
    observe::append_json_string(out, text, observe::JsonLetters::as_they_are);
}

void append_page_head(std::string& out, std::string_view title) {
    out += "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
           "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>";
    append_html(out, title);
    out.append("</title>\n<style>").append(style).append("</style>\n</head>\n<body>\n<main>\n");
}

void append_page_begin(std::string& out, std::string_view title) {
    append_page_head(out, title);
    out += "<h1>";
    append_html(out, title);
    out += "</h1>\n";
}

void append_page_end(std::string& out) { out += "</main>\n</body>\n</html>\n"; }

}  // namespace filesrv::serve
