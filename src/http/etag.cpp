// SPDX-License-Identifier: MIT
// Entity tags: made from versions, compared one by one and in lists.
#include "http/etag.hpp"

#include "base/assert.hpp"
#include "http/grammar.hpp"

#include <algorithm>
#include <charconv>

namespace filesrv::http {
namespace {

constexpr std::string_view weak_prefix = "W/";

/// Case-sensitive (RFC 9110 §8.8.3).
bool is_weak(std::string_view tag) noexcept {
    return tag.starts_with(weak_prefix);
}

/// The tag without its weakness, quotes included.
std::string_view opaque(std::string_view tag) noexcept {
    return is_weak(tag) ? tag.substr(weak_prefix.size()) : tag;
}

/// RFC 9110 §8.8.3: visible characters but the quote, and bytes above ASCII. A backslash escapes nothing.
constexpr bool is_etag_char(char c) noexcept {
    const auto byte = static_cast<unsigned char>(c);
    return byte >= 0x21 && byte != 0x22 && byte != 0x7f;
}

/// Length of the tag at the front; 0 when there is none.
std::size_t tag_length(std::string_view text) noexcept {
    std::size_t at = is_weak(text) ? weak_prefix.size() : 0;
    if (at >= text.size() || text[at] != '"') return 0;
    for (++at; at < text.size(); ++at) {
        if (text[at] == '"') return at + 1;
        if (!is_etag_char(text[at])) return 0;
    }
    return 0;
}

}  // namespace

EtagText::EtagText(const Version& version, std::string_view variant) noexcept {
    FS_ASSERT(variant.size() <= 3);
    char* at = chars_.data();
    char* const end = at + chars_.size();
    if (version.weak) at = std::copy(weak_prefix.begin(), weak_prefix.end(), at);
    *at++ = '"';
    at = std::to_chars(at, end, static_cast<std::uint64_t>(version.mtime_ns), 16).ptr;
    *at++ = '-';
    at = std::to_chars(at, end, version.size, 16).ptr;
    if (!variant.empty()) {
        *at++ = '-';
        at = std::copy(variant.begin(), variant.end(), at);
    }
    FS_ASSERT(at < end);
    *at++ = '"';
    size_ = static_cast<std::uint8_t>(at - chars_.data());
}

bool is_etag(std::string_view text) noexcept {
    return !text.empty() && tag_length(text) == text.size();
}

bool same_tag(std::string_view a, std::string_view b, TagComparison comparison) noexcept {
    if (comparison == TagComparison::strong && (is_weak(a) || is_weak(b))) return false;
    return opaque(a) == opaque(b);
}

TagList find_tag(std::string_view list, std::string_view etag, TagComparison comparison) noexcept {
    FS_ASSERT(is_etag(etag));
    bool found = false;
    bool separated = true;  // a comma, or the beginning, precedes
    for (;;) {
        while (!list.empty() && (grammar::is_blank(list.front()) || list.front() == ',')) {
            separated = separated || list.front() == ',';
            list.remove_prefix(1);
        }
        if (list.empty()) return found ? TagList::match : TagList::no_match;
        const std::size_t length = tag_length(list);
        if (length == 0 || !separated) return TagList::malformed;
        found = found || same_tag(list.substr(0, length), etag, comparison);
        list.remove_prefix(length);
        separated = false;
    }
}

}  // namespace filesrv::http
