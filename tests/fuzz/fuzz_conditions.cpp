// SPDX-License-Identifier: MIT
// Any bytes as the fields of a conditional request, against a reference written down from RFC 9110 §13.2.2.
#include "fuzz.hpp"

#include "http/date.hpp"
#include "http/preconditions.hpp"
#include "http/range.hpp"

#include <optional>
#include <string>

using namespace filesrv;
using namespace filesrv::http;

namespace {

constexpr std::int64_t modified_s = 784111777;  // Sun, 06 Nov 1994 08:49:37 GMT
const WallTime now{std::chrono::seconds(1'800'000'000)};

/// All lines of one field as one list; nothing when there is none. With a blank behind the comma, so that no tag that one
/// line begins ends in the next.
std::optional<std::string> list_of(const RequestHead& head, KnownField field) {
    std::optional<std::string> list;
    for (std::size_t i = 0; i < head.field_count(); ++i) {
        if (head.field(i).known != field) continue;
        list = list ? *list + ", " + std::string(head.field(i).value) : std::string(head.field(i).value);
    }
    return list;
}

std::optional<std::int64_t> date_of(const RequestHead& head, KnownField field) {
    std::size_t lines = 0;
    for (std::size_t i = 0; i < head.field_count(); ++i) lines += head.field(i).known == field ? 1 : 0;
    if (lines != 1) return std::nullopt;
    return parse_date(*list_of(head, field), unix_seconds(now));
}

/// Tags of a list that is one, `W/` and quotes included; nothing for what is no list of tags.
std::optional<std::vector<std::string>> tags_of(std::string_view list) {
    std::vector<std::string> tags;
    std::string tag;
    bool in_quotes = false, over = false;
    const auto end_tag = [&] {
        if (!tag.empty()) tags.push_back(tag);
        const bool good = !in_quotes && (tag.empty() || over);
        tag.clear();
        over = false;
        return good;
    };
    for (const char c : list) {
        const auto byte = static_cast<unsigned char>(c);
        if (in_quotes) {
            if (c != '"' && (byte < 0x21 || byte == 0x7f)) return std::nullopt;
            tag += c;
            in_quotes = c != '"';
            over = c == '"';
        } else if (c == ',') {
            if (!end_tag()) return std::nullopt;
        } else if (c == ' ' || c == '\t') {
            if (!tag.empty() && !over) return std::nullopt;
        } else {
            tag += c;
            in_quotes = tag == "\"" || tag == "W/\"";
            if (!in_quotes && tag != "W" && tag != "W/") return std::nullopt;
        }
    }
    if (!end_tag()) return std::nullopt;
    return tags;
}

bool holds(const std::vector<std::string>& tags, std::string_view etag, bool weakly) {
    const auto opaque = [](std::string_view tag) { return tag.starts_with("W/") ? tag.substr(2) : tag; };
    return std::any_of(tags.begin(), tags.end(), [&](const std::string& tag) {
        return weakly ? opaque(tag) == opaque(etag) : tag == etag && !etag.starts_with("W/");
    });
}

/// The steps by their numbers. `etag` is "" where there is no file.
Verdict reference(const RequestHead& head, std::string_view etag, bool is_read) {
    const bool exists = !etag.empty();
    const auto match = list_of(head, KnownField::if_match);
    const auto none_match = list_of(head, KnownField::if_none_match);
    if (match) {  // 1
        const auto tags = tags_of(*match);
        const bool is_true = *match == "*" ? exists : exists && tags && holds(*tags, etag, false);
        if (!is_true) return Verdict::failed;
    } else if (const auto date = date_of(head, KnownField::if_unmodified_since); date && exists) {  // 2
        if (modified_s > *date) return Verdict::failed;
    }
    if (none_match) {  // 3
        const auto tags = tags_of(*none_match);
        bool is_true = !exists;
        if (*none_match != "*") is_true = tags ? !exists || !holds(*tags, etag, true) : is_read;
        if (is_true) return Verdict::proceed;
        return is_read ? Verdict::not_modified : Verdict::failed;
    }
    const auto date = date_of(head, KnownField::if_modified_since);  // 4
    return is_read && exists && date && modified_s <= *date ? Verdict::not_modified : Verdict::proceed;
}

void check_if_range(const RequestHead& head, const EntityInfo& entity) {
    const auto field = list_of(head, KnownField::if_range);
    if (!field || head.count(KnownField::if_range) != 1) return;
    const bool is_tag = field->ends_with('"') && *field == entity.etag && !field->starts_with("W/");
    const bool is_date = parse_date(*field, unix_seconds(now)) == modified_s;
    FS_ASSERT(if_range_holds(*field, entity, now) == (is_tag || is_date));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string text = "GET / HTTP/1.1\r\nHost: h\r\n" + std::string(fuzz::as_text(data, size)) + "\r\n\r\n";
    RequestHead head;
    if (head.parse(text) != ParseState::complete) return 0;
    Conditions conditions;
    conditions.extract(head);
    for (const std::string_view etag : {"\"x\"", "W/\"x\"", "\"a,b\\\"", ""}) {
        const EntityInfo entity{.size = 10, .modified = WallTime(std::chrono::seconds(modified_s)), .etag = etag, .content_type = ""};
        const auto current = etag.empty() ? std::nullopt : std::optional(entity);
        for (const bool is_read : {true, false}) {
            FS_ASSERT(evaluate(conditions, current, is_read, now) == reference(head, etag, is_read));
        }
        if (current) check_if_range(head, entity);
    }
    return 0;
}
