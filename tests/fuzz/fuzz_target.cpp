// SPDX-License-Identifier: MIT
// Any bytes as a request target, against a reference that cuts, decodes and resolves in three plain steps.
#include "fuzz.hpp"

#include "http/target.hpp"
#include "store/path.hpp"

#include <cstdlib>
#include <optional>
#include <string>

using namespace filesrv;
using namespace filesrv::http;

namespace {

bool is_hex(char c) {
    return std::string_view("0123456789abcdefABCDEF").find(c) != std::string_view::npos;
}

/// What a request line lets through: neither blanks nor controls.
bool is_of_a_request_line(std::string_view text) {
    return std::ranges::none_of(text, [](char c) { return static_cast<unsigned char>(c) < 0x21 || c == 0x7f; });
}

/// Every escape undone, once. Nothing where there is none to undo, or where it means a NUL or a slash.
std::optional<std::string> decoded(std::string_view segment) {
    std::string name;
    for (std::size_t i = 0; i < segment.size(); ++i) {
        if (segment[i] != '%') {
            name += segment[i];
            continue;
        }
        if (i + 2 >= segment.size() || !is_hex(segment[i + 1]) || !is_hex(segment[i + 2])) return std::nullopt;
        const long byte = std::strtol(std::string(segment.substr(i + 1, 2)).c_str(), nullptr, 16);
        if (byte == 0 || byte == '/') return std::nullopt;
        name += static_cast<char>(byte);
        i += 2;
    }
    return name;
}

struct Place {
    std::string path;
    bool folder = true;
};

/// Of a path that begins with a slash, or is empty; without its query.
std::optional<Place> reference(std::string_view raw) {
    std::vector<std::string> names;
    Place place;
    if (raw.starts_with('/')) raw.remove_prefix(1);
    for (const std::string_view segment : fuzz::split(raw, '/')) {
        const auto name = decoded(segment);
        if (!name) return std::nullopt;
        place.folder = name->empty() || *name == "." || *name == "..";
        if (!place.folder) names.push_back(*name);
        if (*name == ".." && !names.empty()) names.pop_back();
    }
    place.folder = place.folder || names.empty();
    for (const std::string& name : names) place.path += (place.path.empty() ? "" : "/") + name;
    return place;
}

/// The path part of either form, as far as plain searching finds it.
std::string_view raw_path(std::string_view text) {
    text = text.substr(0, text.find('?'));
    if (text.starts_with('/')) return text;
    const std::size_t begin = text.find('/', text.find("://") + 3);
    return begin == text.npos ? std::string_view() : text.substr(begin);
}

/// It stays below its root, and its encoded form means the same again.
void check_path(const Target& target) {
    const std::string framed = "/" + target.path + "/";
    FS_ASSERT(framed.find("/../") == framed.npos && framed.find("/./") == framed.npos);
    FS_ASSERT(target.path.empty() || framed.find("//") == framed.npos);
    FS_ASSERT(target.path.find('\0') == std::string::npos);
    // The store finds nothing to complain of, but lengths.
    const auto checked = store::check_path(target.path);
    FS_ASSERT(checked || target.path.size() > store::component_bytes_max);
    std::string encoded = "/";
    append_encoded_path(encoded, target.path);
    FS_ASSERT(encoded.find_first_not_of("/%-._~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ") == encoded.npos);
    Target again;
    FS_ASSERT(!parse_target(encoded, again) && again.path == target.path);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text = fuzz::as_text(data, size);
    if (!is_of_a_request_line(text)) return 0;
    Target target;
    target.path = "left from the last request";
    const bool is_refused = parse_target(text, target).has_value();
    if (text == "*") {
        FS_ASSERT(!is_refused && target.asterisk && target.path.empty());
        return 0;
    }
    const bool is_absolute = !text.starts_with('/');
    const auto place = reference(raw_path(text));
    if (!is_refused) FS_ASSERT(place);
    if (!is_absolute && place) FS_ASSERT(is_refused == (text.find('#') != text.npos));
    if (is_refused) return 0;
    FS_ASSERT(target.path == place->path && target.folder == place->folder && !target.asterisk);
    FS_ASSERT((target.form == TargetForm::absolute) == is_absolute && target.authority.empty() != is_absolute);
    const std::size_t question = text.find('?');
    FS_ASSERT(target.has_query == (question != text.npos));
    if (target.has_query) FS_ASSERT(target.query == text.substr(question + 1));
    check_path(target);
    return 0;
}
