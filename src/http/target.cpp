// SPDX-License-Identifier: MIT
// Request targets: split at slashes first and decoded afterwards, so that no escape can make a new separator.
#include "http/target.hpp"

#include "base/assert.hpp"
#include "base/numbers.hpp"
#include "http/authority.hpp"
#include "http/grammar.hpp"

#include <algorithm>

namespace filesrv::http {
namespace {

/// Appends a segment with its escapes undone, once. Nothing when all is well.
std::optional<Reject> append_decoded(std::string& path, std::string_view segment) {
    for (;;) {
        const std::size_t plain = std::min(segment.find('%'), segment.size());
        path.append(segment.substr(0, plain));
        segment.remove_prefix(plain);
        if (segment.empty()) return std::nullopt;
        const int high = segment.size() >= 3 ? hex_digit(segment[1]) : -1;
        const int low = segment.size() >= 3 ? hex_digit(segment[2]) : -1;
        if (high < 0 || low < 0)
            return Reject{.detail = "A percent sign is not followed by two hexadecimal digits."};
        const auto byte = static_cast<char>(high << 4 | low);
        if (byte == '\0') return Reject{.detail = "A name cannot hold a NUL byte."};
        if (byte == '/') return Reject{.detail = "A name cannot hold an encoded slash."};
        path.push_back(byte);
        segment.remove_prefix(3);
    }
}

/// At the root there is nothing to drop: `..` stops there (RFC 3986 §5.2.4).
void drop_last_segment(std::string& path) {
    const std::size_t slash = path.rfind('/');
    path.resize(slash == std::string::npos ? 0 : slash);
}

/// Adds one raw segment to a clean path (RFC 3986 §5.2.4). `folder` says whether the path, were this its end,
/// names one.
std::optional<Reject> add_segment(std::string& path, std::string_view segment, bool& folder) {
    const std::size_t clean_size = path.size();
    if (clean_size > 0) path.push_back('/');
    const std::size_t begin = path.size();
    if (auto reject = append_decoded(path, segment)) return reject;
    const auto decoded = std::string_view(path).substr(begin);
    const bool up = decoded == "..";
    folder = decoded.empty() || decoded == "." || up;
    if (folder) path.resize(clean_size);
    if (up) drop_last_segment(path);
    return std::nullopt;
}

/// The path of origin-form and absolute-form; empty in `http://host`, which is the root.
std::optional<Reject> read_path(std::string_view raw, Target& out) {
    FS_ASSERT(raw.empty() || raw.front() == '/');
    out.folder = true;
    while (!raw.empty()) {
        raw.remove_prefix(1);
        const std::size_t end = std::min(raw.find('/'), raw.size());
        if (auto reject = add_segment(out.path, raw.substr(0, end), out.folder)) return reject;
        raw.remove_prefix(end);
    }
    out.folder = out.folder || out.path.empty();
    FS_ASSERT(!out.path.starts_with('/') && !out.path.ends_with('/'));
    return std::nullopt;
}

/// Takes `http://host:port` off the front. False when that is not there.
bool take_scheme_and_authority(std::string_view& text, Target& out) {
    const std::size_t colon = text.find("://");
    if (colon == std::string_view::npos) return false;
    const std::string_view scheme = text.substr(0, colon);
    out.secure = grammar::equals_ignoring_case(scheme, "https");
    if (!out.secure && !grammar::equals_ignoring_case(scheme, "http")) return false;
    text.remove_prefix(colon + 3);
    const std::size_t end = std::min(text.find_first_of("/?#"), text.size());
    out.authority = text.substr(0, end);
    text.remove_prefix(end);
    return parse_authority(out.authority).has_value();
}

/// RFC 3986 §2.3. All else is escaped, even what a path could hold as it is: a colon in the first segment
/// would make a relative reference a URL with a scheme, and quotes and ampersands would need a second
/// escaping in HTML.
constexpr bool is_unreserved(char c) noexcept {
    return grammar::is_alpha(c) || grammar::is_digit(c) || c == '-' || c == '.' || c == '_' || c == '~';
}

void append_escaped(std::string& out, char c) {
    constexpr std::string_view digits = "0123456789ABCDEF";
    const auto byte = static_cast<unsigned char>(c);
    out.push_back('%');
    out.push_back(digits[byte >> 4]);
    out.push_back(digits[byte & 15]);
}

}  // namespace

std::optional<Reject> parse_target(std::string_view text, Target& out) {
    out.path.clear();
    out.folder = out.asterisk = out.has_query = out.secure = false;
    out.query = out.authority = {};
    out.form = TargetForm::origin;
    if (text == "*") {
        out.form = TargetForm::asterisk;
        out.asterisk = true;
        return std::nullopt;
    }
    if (!text.starts_with('/')) {
        out.form = TargetForm::absolute;
        if (!take_scheme_and_authority(text, out))
            return Reject{.detail = "The request target is neither a path nor an http URL."};
    }
    // RFC 9112 section 3.2 has no room for a fragment: it is the client's own affair, and whoever sends one
    // is confused.
    if (text.find('#') != std::string_view::npos)
        return Reject{.detail = "The request target holds a fragment."};
    const std::size_t question = text.find('?');
    out.has_query = question != std::string_view::npos;
    if (out.has_query) out.query = text.substr(question + 1);
    return read_path(text.substr(0, question), out);
}

void append_encoded_path(std::string& out, std::string_view path) {
    for (const char c : path) {
        if (is_unreserved(c) || c == '/')
            out.push_back(c);
        else
            append_escaped(out, c);
    }
}

void append_encoded_segment(std::string& out, std::string_view name) {
    for (const char c : name) {
        if (is_unreserved(c))
            out.push_back(c);
        else
            append_escaped(out, c);
    }
}

}  // namespace filesrv::http
