// SPDX-License-Identifier: MIT
// Any bytes as a name that a page, a listing or a log line shows: whatever it is, it stays where it was put.
#include "fuzz.hpp"

#include "base/utf8.hpp"
#include "serve/access_log_line.hpp"
#include "serve/markup.hpp"

#include <algorithm>
#include <string>

#include <nlohmann/json.hpp>

using namespace filesrv;
using namespace filesrv::serve;

namespace {

bool is_control(char c) {
    return static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
}

void check_html(std::string_view text) {
    std::string html;
    append_html(html, text);
    FS_ASSERT(html.find_first_of("<>\"'") == html.npos);
    FS_ASSERT(is_utf8(html) && html.find('\0') == html.npos);
    if (html.find('&') == html.npos && html.find("\xEF\xBF\xBD") == html.npos) FS_ASSERT(html == text);
}

void check_json(std::string_view text) {
    std::string json;
    append_json_string(json, text);
    const auto read = nlohmann::json::parse(json, nullptr, /*allow_exceptions=*/false);
    FS_ASSERT(read.is_string());
    if (is_utf8(text)) FS_ASSERT(read.get<std::string>() == text);
}

/// One line, its quotes in pairs, and nothing that a terminal would obey.
void check_line(std::string_view line, std::size_t quotes) {
    FS_ASSERT(line.ends_with('\n'));
    line.remove_suffix(1);
    FS_ASSERT(std::none_of(line.begin(), line.end(), is_control));
    std::size_t bare = 0;
    for (std::size_t i = 0; i < line.size(); ++i) {
        if (line[i] == '\\') ++i;
        else if (line[i] == '"') ++bare;
    }
    FS_ASSERT(bare == quotes);
}

void check_log(std::string_view text) {
    const std::size_t third = text.size() / 3;
    const AccessRecord record{.client = "unix",
                              .method = "GET",
                              .target = text,
                              .version = "HTTP/1.1",
                              .status = 200,
                              .referer = text.substr(0, third),
                              .user_agent = text.substr(third)};
    std::string common, combined, json;
    append_common_line(common, record);
    check_line(common, 2);
    append_combined_line(combined, record);
    check_line(combined, 6);
    append_json_line(json, record);
    FS_ASSERT(json.find('\n') == json.size() - 1);
    FS_ASSERT(nlohmann::json::parse(json, nullptr, /*allow_exceptions=*/false).is_object());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text = fuzz::as_text(data, size);
    check_html(text);
    check_json(text);
    check_log(text);
    return 0;
}
