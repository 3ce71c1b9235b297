// SPDX-License-Identifier: MIT
// The head of an answer, as far as a client of files looks at it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace filesrv::client {

/// Values as sent, those of several lines as one list; "" = the field is not there.
struct AnswerHead {
    unsigned status = 0;
    std::string status_line;  ///< printable
    std::string etag;
    std::string last_modified;
    std::string date;
    std::string content_range;
    std::string repr_digest;
    std::string retry_after;
    std::string location;
    std::optional<std::uint64_t> content_length;  ///< not for chunked bodies

    [[nodiscard]] bool is_success() const noexcept { return status >= 200 && status < 300; }
};

/// Fills a head from its lines, one after the other.
class HeadLines {
public:
    /// A status line begins the head anew: that of an interim answer (RFC 9110 §15.2) goes when the next comes. What is
    /// behind the empty line, a chunked body's trailer, is no part of it.
    void add(std::string_view line, AnswerHead& head);

    /// The empty line has come.
    [[nodiscard]] bool have_ended() const noexcept { return ended_; }

private:
    bool ended_ = false;
    std::string AnswerHead::*last_ = nullptr;  ///< what a folded line (RFC 9112 §5.2) goes on with
};

/// What makes a version known again, for If-Range: a strong entity tag, else a date that is strong (RFC 9110 §8.8.2.2:
/// at least a second before Date). "" = nothing does.
[[nodiscard]] std::string strong_validator(const AnswerHead& head);

/// `bytes FIRST-LAST/SIZE` (RFC 9110 §14.4).
struct ContentRange {
    std::uint64_t first = 0;
    std::uint64_t last = 0;
    std::optional<std::uint64_t> size;  ///< nothing for `*`
};
/// Nothing for a malformed one, and for `bytes */SIZE`.
[[nodiscard]] std::optional<ContentRange> parse_content_range(std::string_view text);

}  // namespace filesrv::client
