// SPDX-License-Identifier: MIT
// The head of a request as it arrives: lines are judged only once they are complete, so that no split of the
// bytes can change a verdict; limits count from fixed points for the same reason.
#include "http/request_head.hpp"

#include "http/grammar.hpp"

#include <algorithm>
#include <cstring>

namespace filesrv::http {
namespace {

/// Visible characters and bytes above ASCII, which browsers escape but people at a prompt do not.
bool is_target(std::string_view text) noexcept {
    if (text.empty() || !grammar::is_field_value(text)) return false;
    return std::memchr(text.data(), '\t', text.size()) ==
           nullptr;  // blanks cannot be here: the line was split at them
}

}  // namespace

void RequestHead::reset() noexcept {
    present_ = 0;
    begin_ = line_begin_ = scanned_ = 0;
    method_text_ = target_text_ = Piece{};
    state_ = ParseState::incomplete;
    phase_ = Phase::start;
    method_ = Method::unknown;
    version_ = HttpVersion::http_1_1;
    field_count_ = 0;
    empty_lines_ = 0;
}

ParseState RequestHead::parse(std::string_view bytes) noexcept {
    FS_ASSERT(bytes.size() >= scanned_);
    base_ = bytes.data();
    if (state_ != ParseState::incomplete) return state_;
    if (phase_ == Phase::start && !skip_leading_lines(bytes)) return state_;
    std::string_view line;
    if (phase_ == Phase::request_line) {
        if (!take_line(bytes, line) || !read_request_line(line)) return state_;
        phase_ = Phase::fields;
    }
    while (take_line(bytes, line)) {
        if (line.empty()) {
            state_ = ParseState::complete;
            break;
        }
        if (!read_field_line(line)) break;
    }
    return state_;
}

std::size_t RequestHead::count(KnownField which) const noexcept {
    std::size_t lines = 0;
    for_each(which, [&lines](std::string_view) { ++lines; });
    return lines;
}

RequestHead::Piece RequestHead::piece(std::string_view part) const noexcept {
    FS_ASSERT(part.data() >= base_ && part.data() + part.size() <= base_ + line_begin_);
    return {.offset = static_cast<std::uint16_t>(part.data() - base_),
            .size = static_cast<std::uint16_t>(part.size())};
}

bool RequestHead::fail(Status status, std::string_view detail) noexcept {
    state_ = ParseState::rejected;
    reject_ = Reject{.status = status, .detail = detail};
    return false;
}

/// RFC 9112 §2.2: empty lines before a request line are skipped. True once something else begins.
bool RequestHead::skip_leading_lines(std::string_view bytes) noexcept {
    while (line_begin_ < bytes.size() && bytes[line_begin_] == '\r') {
        if (line_begin_ + 1 == bytes.size()) return false;
        if (bytes[line_begin_ + 1] != '\n')
            return fail(Status::bad_request, "A carriage return stands alone.");
        if (empty_lines_ == limits::leading_empty_lines_max) {
            return fail(Status::bad_request, "Too many empty lines before the request.");
        }
        ++empty_lines_;
        line_begin_ += 2;
    }
    if (line_begin_ == bytes.size()) return false;
    // A first byte that no method has (a TLS hello, for one) is not worth waiting for a line's end.
    if (!grammar::is_token_char(bytes[line_begin_]))
        return fail(Status::bad_request, "This is not an HTTP request.");
    begin_ = scanned_ = line_begin_;
    phase_ = Phase::request_line;
    return true;
}

/// Takes a complete line off the bytes, without its end. False when it is not there yet, or too long.
bool RequestHead::take_line(std::string_view bytes, std::string_view& line) noexcept {
    const bool first = phase_ == Phase::request_line;
    const std::size_t bytes_max = first ? limits::request_line_bytes_max + 2 : limits::head_bytes_max;
    const std::size_t window = std::min(bytes.size(), begin_ + bytes_max);
    FS_ASSERT(scanned_ <= window);
    const auto* feed = static_cast<const char*>(std::memchr(base_ + scanned_, '\n', window - scanned_));
    if (feed == nullptr) {
        scanned_ = static_cast<std::uint32_t>(window);
        if (window < begin_ + bytes_max) return false;
        if (first) method_ = parse_method(bytes.substr(begin_, bytes.find(' ', begin_) - begin_));
        return first ? fail(Status::uri_too_long, "The request line is too long.")
                     : fail(Status::request_header_fields_too_large, "The request's head is too large.");
    }
    line = bytes.substr(line_begin_, static_cast<std::size_t>(feed - base_) - line_begin_);
    line_begin_ = scanned_ = static_cast<std::uint32_t>(feed - base_ + 1);
    if (!line.ends_with('\r')) return fail(Status::bad_request, "A line ends without a carriage return.");
    line.remove_suffix(1);
    return true;
}

/// RFC 9112 §3: exactly one space between the three.
bool RequestHead::read_request_line(std::string_view line) noexcept {
    const std::size_t target_at = line.find(' ') + 1;
    if (target_at == 0) return fail(Status::bad_request, "The request line is malformed.");
    method_ = parse_method(line.substr(0, target_at - 1));
    const std::size_t version_at = line.find(' ', target_at) + 1;
    if (version_at == 0) return fail(Status::bad_request, "The request line has no version.");
    const std::string_view method = line.substr(0, target_at - 1);
    const std::string_view target = line.substr(target_at, version_at - 1 - target_at);
    if (!grammar::is_token(method)) return fail(Status::bad_request, "The method is malformed.");
    if (!is_target(target)) return fail(Status::bad_request, "The request target is malformed.");
    if (!read_version(line.substr(version_at))) return false;
    method_text_ = piece(method);
    target_text_ = piece(target);
    return true;
}

/// RFC 9112 §2.3. A higher minor version is served as ours (RFC 9110 §2.5), another major version is not.
bool RequestHead::read_version(std::string_view text) noexcept {
    const bool well_formed = text.size() == 8 && text.starts_with("HTTP/") && grammar::is_digit(text[5]) &&
                             text[6] == '.' && grammar::is_digit(text[7]);
    if (!well_formed) return fail(Status::bad_request, "The version is malformed.");
    if (text[5] != '1')
        return fail(Status::http_version_not_supported, "Only HTTP/1.0 and HTTP/1.1 are spoken here.");
    version_ = text[7] == '0' ? HttpVersion::http_1_0 : HttpVersion::http_1_1;
    return true;
}

/// RFC 9112 §5. Folded lines (§5.2) and blanks before the colon (§5.1) have smuggled requests and are
/// refused.
bool RequestHead::read_field_line(std::string_view line) noexcept {
    if (field_count_ == limits::fields_max) {
        return fail(Status::request_header_fields_too_large, "The request has too many fields.");
    }
    if (grammar::is_blank(line.front()))
        return fail(Status::bad_request, "A field line begins with a blank.");
    std::size_t colon = 0;
    while (colon < line.size() && grammar::is_token_char(line[colon])) ++colon;
    if (colon == 0 || colon == line.size() || line[colon] != ':') {
        return fail(Status::bad_request, "A field's name is malformed.");
    }
    const std::string_view name = line.substr(0, colon);
    const std::string_view value = grammar::trim(line.substr(colon + 1));
    if (!grammar::is_field_value(value))
        return fail(Status::bad_request, "A field's value has a control character.");
    const KnownField known = recognise_field(name);
    if (!has(known)) {
        present_ |= 1u << index_of(known);
        first_line_[index_of(known)] = field_count_;
    }
    lines_[field_count_++] = Line{.name = piece(name), .value = piece(value), .known = known};
    return true;
}

}  // namespace filesrv::http
