// SPDX-License-Identifier: MIT
// Fields of answers: validators and ranges.
#include "tools/filesrv-client/answer_head.hpp"

#include "base/numbers.hpp"
#include "base/utf8.hpp"
#include "http/date.hpp"
#include "http/etag.hpp"
#include "http/grammar.hpp"
#include "os/clock.hpp"

namespace filesrv::client {
namespace {

struct Field {
    std::string_view name;
    std::string AnswerHead::*value;
};
constexpr Field fields[] = {
    {"ETag", &AnswerHead::etag},
    {"Last-Modified", &AnswerHead::last_modified},
    {"Date", &AnswerHead::date},
    {"Content-Range", &AnswerHead::content_range},
    {"Repr-Digest", &AnswerHead::repr_digest},
    {"Retry-After", &AnswerHead::retry_after},
    {"Location", &AnswerHead::location},
};

std::string AnswerHead::*member_of(std::string_view name) noexcept {
    for (const Field& field : fields) {
        if (field.name.size() == name.size() && http::grammar::equals_ignoring_case(field.name, name)) return field.value;
    }
    return nullptr;
}

}  // namespace

void HeadLines::add(std::string_view line, AnswerHead& head) {
    while (line.ends_with('\n') || line.ends_with('\r')) line.remove_suffix(1);
    if (line.starts_with("HTTP/")) {
        *this = {};
        head = {};
        append_printable(head.status_line, http::grammar::trim(line));
        return;
    }
    if (ended_) return;
    if (line.empty()) {
        ended_ = true;
        return;
    }
    const bool goes_on = http::grammar::is_blank(line.front());
    if (!goes_on) {
        const std::size_t colon = std::min(line.find(':'), line.size() - 1);
        last_ = member_of(line.substr(0, colon));
        line.remove_prefix(colon + 1);
    }
    if (last_ == nullptr) return;
    std::string& value = head.*last_;
    if (!value.empty()) value += goes_on ? " " : ", ";
    value += http::grammar::trim(line);
}

std::string strong_validator(const AnswerHead& head) {
    // A weak tag says that the bytes may change within it; then a date says even less.
    if (!head.etag.empty()) return http::is_etag(head.etag) && head.etag.starts_with('"') ? head.etag : "";
    const std::int64_t now = http::unix_seconds(os::wall_now());
    const auto modified = http::parse_date(head.last_modified, now);
    const auto sent = http::parse_date(head.date, now);
    return modified && sent && *modified < *sent ? head.last_modified : "";
}

std::optional<ContentRange> parse_content_range(std::string_view text) {
    constexpr std::string_view unit = "bytes ";
    if (!http::grammar::equals_ignoring_case(text.substr(0, unit.size()), unit)) return std::nullopt;
    text.remove_prefix(unit.size());
    const std::size_t dash = text.find('-');
    const std::size_t slash = text.find('/');
    if (dash == std::string_view::npos || slash == std::string_view::npos || dash > slash) return std::nullopt;
    const auto first = parse_decimal(text.substr(0, dash));
    const auto last = parse_decimal(text.substr(dash + 1, slash - dash - 1));
    const auto size = parse_decimal(text.substr(slash + 1));
    if (!first || !last || *first > *last) return std::nullopt;
    if (!size && text.substr(slash + 1) != "*") return std::nullopt;
    if (size && *last >= *size) return std::nullopt;
    return ContentRange{.first = *first, .last = *last, .size = size};
}

}  // namespace filesrv::client
