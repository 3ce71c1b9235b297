// SPDX-License-Identifier: MIT
// The request fields that mean something to this server, recognised once, when a head is parsed.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace filesrv::http {

enum class KnownField : std::uint8_t {
    accept,
    accept_encoding,
    authorization,
    connection,
    content_digest,
    content_encoding,
    content_length,
    content_range,
    content_type,
    cookie,
    expect,
    host,
    if_match,
    if_modified_since,
    if_none_match,
    if_range,
    if_unmodified_since,
    keep_alive,
    origin,
    range,
    referer,
    repr_digest,
    sec_fetch_site,
    te,
    trailer,
    transfer_encoding,
    upgrade,
    user_agent,
    want_content_digest,
    want_repr_digest,
    x_forwarded_for,
    other,  ///< any other field
};

inline constexpr std::size_t known_field_count = static_cast<std::size_t>(KnownField::other) + 1;

/// Which field a name means, in any case (RFC 9110 §5.1).
[[nodiscard]] KnownField recognise_field(std::string_view name) noexcept;

/// The name in its usual spelling; "" for `other`.
[[nodiscard]] std::string_view name(KnownField field) noexcept;

}  // namespace filesrv::http
