// SPDX-License-Identifier: MIT
// Streaming multipart/form-data. The delimiter holds one CR, its first byte: so a match that fails can only
// begin anew at the byte where it failed, and bytes held back over an input's end are a prefix of the
// delimiter, to be handed out from there.
#include "http/multipart.hpp"

#include "base/assert.hpp"
#include "http/limits.hpp"

#include <algorithm>
#include <cstring>

namespace filesrv::http {
namespace {

constexpr std::size_t padding_bytes_max = 64;
constexpr std::size_t imagined_bytes = 2;  // the line's end before a form's first byte

/// How many bytes agree from the front.
std::size_t common_prefix(std::span<const char> bytes, std::string_view text) noexcept {
    const std::size_t most = std::min(bytes.size(), text.size());
    std::size_t length = 0;
    while (length < most && bytes[length] == text[length]) ++length;
    return length;
}

}  // namespace

MultipartParser::MultipartParser(std::string_view boundary) : delimiter_("\r\n--") {
    FS_ASSERT(!boundary.empty() && boundary.size() <= limits::boundary_bytes_max);
    FS_ASSERT(boundary.find('\r') == std::string_view::npos);  // what is said above rests on this
    delimiter_.append(boundary);
}

const Reject& MultipartParser::reject() const noexcept {
    FS_ASSERT(phase_ == Phase::rejected);
    return reject_;
}

MultipartParser::Event MultipartParser::next(std::span<const char>& in) {
    data_ = {};
    Event event = Event::need_more;
    while (event == Event::need_more) {
        switch (phase_) {
            case Phase::done: return Event::done;
            case Phase::rejected: return Event::rejected;
            case Phase::preamble:
            case Phase::content:
                if (in.empty() && matched_ < delimiter_.size()) return Event::need_more;
                event = matched_ > 0 ? resume_match(in) : scan(in);
                continue;
            case Phase::after_delimiter:
            case Phase::closing_dash:
            case Phase::padding:
            case Phase::delimiter_line_feed:
            case Phase::part_head: break;
        }
        if (in.empty()) return Event::need_more;
        const char c = in.front();
        in = in.subspan(1);
        event = phase_ == Phase::part_head ? take_head(c) : take_delimiter_end(c);
    }
    return event;
}

/// Looks for the delimiter; everything before it, or before what may be its beginning at the input's end, is
/// content.
MultipartParser::Event MultipartParser::scan(std::span<const char>& in) {
    FS_ASSERT(matched_ == 0 && !in.empty());
    std::size_t at = 0;
    while (at < in.size()) {
        const auto* cr = static_cast<const char*>(std::memchr(in.data() + at, '\r', in.size() - at));
        at = cr == nullptr ? in.size() : static_cast<std::size_t>(cr - in.data());
        const std::size_t common = common_prefix(in.subspan(at), delimiter_);
        if (common == delimiter_.size() || at + common == in.size()) {
            matched_ = common;
            break;
        }
        at += common;
    }
    const std::span<const char> run = in.first(at);
    in = in.subspan(at + matched_);
    if (!run.empty()) return hand_out(run);
    return matched_ == delimiter_.size() ? delimiter_found() : Event::need_more;
}

/// Goes on with a match that the last input's end, or handing out what stood before it, interrupted.
MultipartParser::Event MultipartParser::resume_match(std::span<const char>& in) {
    FS_ASSERT(matched_ > 0 && matched_ <= delimiter_.size());
    const std::string_view wanted = std::string_view(delimiter_).substr(matched_);
    const std::size_t common = common_prefix(in, wanted);
    in = in.subspan(common);
    matched_ += common;
    if (matched_ == delimiter_.size()) return delimiter_found();
    if (common < wanted.size() && in.empty()) return Event::need_more;
    const std::span<const char> held(delimiter_.data(), matched_);
    matched_ = 0;
    return hand_out(held);
}

/// A run of bytes that is no delimiter: a part's data, or a preamble, which is bounded and dropped.
MultipartParser::Event MultipartParser::hand_out(std::span<const char> run) noexcept {
    if (phase_ == Phase::content) {
        data_ = run;
        return Event::data;
    }
    skipped_bytes_ += run.size();
    if (skipped_bytes_ > limits::preamble_bytes_max + imagined_bytes)
        return fail("The form does not begin with its boundary.");
    return Event::need_more;
}

/// The first delimiter ends no part. What comes behind it decides whether another begins.
MultipartParser::Event MultipartParser::delimiter_found() noexcept {
    FS_ASSERT(matched_ == delimiter_.size());
    matched_ = 0;
    skipped_bytes_ = 0;
    const bool ends_part = phase_ == Phase::content;
    phase_ = Phase::after_delimiter;
    return ends_part ? Event::part_end : Event::need_more;
}

/// `--` closes the form, the line's end opens a part; RFC 2046 lets blanks stand before it.
MultipartParser::Event MultipartParser::take_delimiter_end(char c) noexcept {
    const bool first = phase_ == Phase::after_delimiter;
    if (phase_ == Phase::closing_dash) {
        if (c != '-') return fail("A form's boundary is malformed.");
        phase_ = Phase::done;
        return Event::done;
    }
    if (phase_ == Phase::delimiter_line_feed) {
        if (c != '\n') return fail("A form's boundary does not end with a line's end.");
        if (++parts_ > limits::parts_max) return fail("The form has too many parts.");
        head_.clear();
        phase_ = Phase::part_head;
        return Event::need_more;
    }
    if (first && c == '-')
        phase_ = Phase::closing_dash;
    else if (c == '\r')
        phase_ = Phase::delimiter_line_feed;
    else if ((c == ' ' || c == '\t') && ++skipped_bytes_ <= padding_bytes_max)
        phase_ = Phase::padding;
    else
        return fail("A form's boundary is malformed.");
    return Event::need_more;
}

/// Collects a part's fields up to their empty line, byte by byte: they are short, and their end may be split
/// anywhere.
MultipartParser::Event MultipartParser::take_head(char c) {
    head_.push_back(c);
    if (head_.size() > limits::part_head_bytes_max) return fail("The fields of a form's part are too long.");
    if (head_ != "\r\n" && !head_.ends_with("\r\n\r\n")) return Event::need_more;
    if (!parse_part_head(std::string_view(head_).substr(0, head_.size() - 2), part_)) {
        return fail("The fields of a form's part are malformed.");
    }
    phase_ = Phase::content;
    return Event::part_begin;
}

MultipartParser::Event MultipartParser::fail(std::string_view detail) noexcept {
    phase_ = Phase::rejected;
    reject_ = Reject{.status = Status::bad_request, .detail = detail};
    return Event::rejected;
}

}  // namespace filesrv::http
