// SPDX-License-Identifier: MIT
// Fields of answers: validators and ranges.
#include "tools/filesrv-client/answer_head.hpp"

#include "base/numbers.hpp"
#include "http/date.hpp"
#include "http/etag.hpp"
#include "http/grammar.hpp"
#include "os/clock.hpp"

namespace filesrv::client {

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
