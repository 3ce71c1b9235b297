// SPDX-License-Identifier: MIT
// What a complete head means: one question a function, each with its section of the RFC.
#include "http/request.hpp"

#include "base/assert.hpp"
#include "base/numbers.hpp"
#include "http/grammar.hpp"

#include <limits>

namespace filesrv::http {
namespace {

using grammar::equals_ignoring_case;

/// No file is larger: the kernel's offsets are signed.
constexpr std::uint64_t body_bytes_max = std::numeric_limits<std::int64_t>::max();

/// RFC 9112 §6.1: the verdict on a Transfer-Encoding that is not exactly `chunked`: a coding that we do not
/// know is 501, a list in which `chunked` is not the only last one leaves the body's end unknown and is 400.
Reject refuse_transfer_encoding(const RequestHead& head) noexcept {
    std::size_t chunked = 0;
    bool malformed = false;
    bool chunked_last = false;
    head.for_each(KnownField::transfer_encoding, [&](std::string_view list) {
        while (const auto coding = grammar::next_element(list)) {
            chunked_last = equals_ignoring_case(*coding, "chunked");
            chunked += chunked_last ? 1 : 0;
            malformed = malformed || !grammar::is_token(*coding);
        }
    });
    if (malformed || chunked != 1 || !chunked_last) return {.detail = "The transfer codings are malformed."};
    return {.status = Status::not_implemented,
            .detail = "The only transfer coding understood here is chunked."};
}

/// RFC 9112 §6.3, where a message that two peers could read in two ways is refused instead of being mended.
std::optional<Reject> find_framing(const RequestHead& head, BodyFraming& out) noexcept {
    out = BodyFraming{};
    const bool has_length = head.has(KnownField::content_length);
    if (head.has(KnownField::transfer_encoding)) {
        if (has_length) return Reject{.detail = "Content-Length and Transfer-Encoding exclude each other."};
        if (head.version() == HttpVersion::http_1_0)
            return Reject{.detail = "HTTP/1.0 has no Transfer-Encoding."};
        if (head.count(KnownField::transfer_encoding) != 1 ||
            !equals_ignoring_case(head.first(KnownField::transfer_encoding), "chunked")) {
            return refuse_transfer_encoding(head);
        }
        out.kind = BodyFraming::Kind::chunked;
        return std::nullopt;
    }
    if (!has_length) return std::nullopt;
    // RFC 9110 §8.6 would let equal lengths pass; no honest client repeats itself here.
    if (head.count(KnownField::content_length) != 1)
        return Reject{.detail = "There is more than one Content-Length."};
    const auto length = parse_decimal(head.first(KnownField::content_length));
    if (!length) return Reject{.detail = "The Content-Length is not a number of bytes."};
    if (*length > body_bytes_max)
        return Reject{.status = Status::content_too_large, .detail = "No file can be that large."};
    out = {.kind = BodyFraming::Kind::length, .length = *length};
    return std::nullopt;
}

void take_authority(std::string_view text, const Authority& authority, Request& out) noexcept {
    out.host = text;
    out.authority = authority;
    out.loopback_host = is_loopback_host(authority.host);
}

/// RFC 9112 §3.2: exactly one, well-formed; only HTTP/1.0 may do without.
std::optional<Reject> find_host(const RequestHead& head, Request& out) noexcept {
    out.host = {};
    out.authority = {};
    out.loopback_host = false;
    if (!head.has(KnownField::host)) {
        if (head.version() == HttpVersion::http_1_0) return std::nullopt;
        return Reject{.detail = "The request has no Host."};
    }
    if (head.count(KnownField::host) != 1) return Reject{.detail = "The request has more than one Host."};
    const std::string_view text = head.first(KnownField::host);
    if (!out.known_host.is(text)) {
        const auto authority = parse_authority(text);
        if (!authority) return Reject{.detail = "The Host is malformed."};
        take_authority(text, *authority, out);
        out.known_host.learn(text, *authority, out.loopback_host);
        return std::nullopt;
    }
    out.host = text;
    out.authority = out.known_host.authority_in(text);
    out.loopback_host = out.known_host.is_loopback();
    return std::nullopt;
}

/// RFC 9112 §9.3.
bool find_keep_alive(const RequestHead& head) noexcept {
    bool close = false;
    bool keep_alive = false;
    head.for_each(KnownField::connection, [&](std::string_view list) {
        while (const auto option = grammar::next_element(list)) {
            close = close || equals_ignoring_case(*option, "close");
            keep_alive = keep_alive || equals_ignoring_case(*option, "keep-alive");
        }
    });
    return !close && (keep_alive || head.version() == HttpVersion::http_1_1);
}

/// RFC 9110 §10.1.1: the one expectation there is; HTTP/1.0 clients do not know it, and one without a body
/// need not wait.
std::optional<Reject> find_expectation(const RequestHead& head, Request& out) noexcept {
    out.expect_continue = false;
    bool known = false;
    bool unknown = false;
    head.for_each(KnownField::expect, [&](std::string_view list) {
        while (const auto expectation = grammar::next_element(list)) {
            if (expectation->empty()) continue;  // RFC 9110 §5.6.1.2
            (equals_ignoring_case(*expectation, "100-continue") ? known : unknown) = true;
        }
    });
    if (unknown)
        return Reject{.status = Status::expectation_failed,
                      .detail = "Only 100-continue can be expected here."};
    out.expect_continue = out.http_1_1 && known && out.body.has_bytes();
    return std::nullopt;
}

/// RFC 9112 §3.2: each method with the forms of target that it may have.
std::optional<Reject> find_target(const RequestHead& head, Request& out) {
    if (out.method == Method::connect) {
        out.target = Target{};
        out.target.form = TargetForm::authority;
        out.target.authority = head.target_text();
        if (!parse_authority(head.target_text())) return Reject{.detail = "CONNECT needs a host and a port."};
        return std::nullopt;
    }
    if (auto reject = parse_target(head.target_text(), out.target)) return reject;
    if (out.target.asterisk && out.method != Method::options) {
        return Reject{.detail = "Only OPTIONS can be asked of the server as a whole."};
    }
    if (out.target.form != TargetForm::absolute) return std::nullopt;
    const auto authority = parse_authority(out.target.authority);
    FS_ASSERT(authority);  // parse_target takes no other
    take_authority(out.target.authority, *authority, out);
    return std::nullopt;
}

}  // namespace

Authority KnownHost::authority_in(std::string_view text) const noexcept {
    FS_ASSERT(is(text));
    return {.host = text.substr(0, host_bytes_), .port = port_};
}

void KnownHost::learn(std::string_view text, const Authority& authority, bool loopback) noexcept {
    FS_ASSERT(!authority.host.empty() && authority.host.data() == text.data());
    if (text.size() > text_.size()) return;
    bytes_ = static_cast<std::uint8_t>(text.copy(text_.data(), text_.size()));
    host_bytes_ = static_cast<std::uint8_t>(authority.host.size());
    port_ = authority.port;
    loopback_ = loopback;
}

std::optional<Reject> interpret(const RequestHead& head, Request& out) {
    FS_ASSERT(head.state() == ParseState::complete);
    out.head = &head;
    out.method = head.method();
    out.http_1_1 = head.version() == HttpVersion::http_1_1;
    out.keep_alive = false;
    out.conditions.any = false;
    if (auto reject = find_framing(head, out.body)) return reject;
    if (auto reject = find_host(head, out)) return reject;
    if (out.method == Method::unknown)
        return Reject{.status = Status::not_implemented, .detail = "The method is not known here."};
    if (auto reject = find_expectation(head, out)) return reject;
    if (auto reject = find_target(head, out)) return reject;
    out.keep_alive = find_keep_alive(head);
    out.conditions.extract(head);
    return std::nullopt;
}

std::optional<Reject> check_upload(const Request& request) {
    FS_ASSERT(request.head != nullptr);
    if (request.body.kind == BodyFraming::Kind::none) {
        return Reject{.status = Status::length_required,
                      .detail = "An upload needs a Content-Length or chunks.",
                      .close = false};
    }
    const bool close = request.body.has_bytes();
    if (request.head->has(KnownField::content_range)) {
        return Reject{.detail = "A part of a file cannot be stored: Content-Range is not for uploads.",
                      .close = close};
    }
    bool encoded = false;
    request.head->for_each(KnownField::content_encoding, [&](std::string_view list) {
        while (const auto coding = grammar::next_element(list))
            encoded = encoded || !equals_ignoring_case(*coding, "identity");
    });
    if (!encoded) return std::nullopt;
    return Reject{.status = Status::unsupported_media_type,
                  .detail = "Files are stored as they are: no Content-Encoding.",
                  .close = close};
}

}  // namespace filesrv::http
