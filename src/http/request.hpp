// SPDX-License-Identifier: MIT
// What a complete head means: framing, connection, target, conditions. Nothing of it is looked up in the head
// twice.
#pragma once

#include "http/authority.hpp"
#include "http/method.hpp"
#include "http/preconditions.hpp"
#include "http/reject.hpp"
#include "http/request_head.hpp"
#include "http/target.hpp"

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

namespace filesrv::http {

/// How the body is delimited (RFC 9112 §6).
struct BodyFraming {
    enum class Kind : std::uint8_t { none, length, chunked };
    Kind kind = Kind::none;
    std::uint64_t length = 0;  ///< bytes, for Kind::length (0 is possible: Content-Length was there)

    [[nodiscard]] bool has_bytes() const noexcept { return kind == Kind::chunked || length > 0; }
    friend bool operator==(const BodyFraming&, const BodyFraming&) = default;
};

/// The Host that was understood last: clients repeat it with each request. What is kept is a copy.
class KnownHost {
public:
    [[nodiscard]] bool is(std::string_view text) const noexcept {
        return bytes_ > 0 && text == std::string_view(text_.data(), bytes_);
    }
    /// The authority in `text`, which has to be the known one.
    [[nodiscard]] Authority authority_in(std::string_view text) const noexcept;
    [[nodiscard]] bool is_loopback() const noexcept { return loopback_; }
    /// Keeps it unless it is long.
    void learn(std::string_view text, const Authority& authority, bool loopback) noexcept;

private:
    std::array<char, 64> text_{};
    std::uint8_t bytes_ = 0;
    std::uint8_t host_bytes_ = 0;
    bool loopback_ = false;
    std::optional<std::uint16_t> port_;
};

/// A request understood. Reused per thread; its views point into the head's bytes: after they moved
/// (RequestHead::rebase) interpret again.
struct Request {
    const RequestHead* head = nullptr;
    Method method = Method::unknown;
    bool http_1_1 = true;
    bool keep_alive = true;        ///< the client lets the connection live
    bool expect_continue = false;  ///< it waits for `100 Continue`: HTTP/1.1, and a body will come
    BodyFraming body;
    Target target;
    std::string_view host;  ///< the authority asked for; the absolute form's wins. "" only in HTTP/1.0
    Authority authority;    ///< the same, taken apart
    bool loopback_host = false;  ///< and whether it names this machine only, is_loopback_host()
    KnownHost known_host;
    Conditions conditions;  ///< owning; copy it to keep it
};

/// Finds the meaning, or the verdict: framing and Host first (400), then method (501), then Expect (417),
/// then target (400). CONNECT and TRACE come out as requests, CONNECT with TargetForm::authority; to refuse
/// them (405) is the server's. After a Reject `out` holds what was found until then, `method` and `http_1_1`
/// always.
[[nodiscard]] std::optional<Reject> interpret(const RequestHead& head, Request& out);

/// What a request that stores a file must look like: a length or chunks, else 411; no Content-Range, else 400
/// (RFC 9110 §14.5); no Content-Encoding but identity, else 415.
[[nodiscard]] std::optional<Reject> check_upload(const Request& request);

}  // namespace filesrv::http
