// SPDX-License-Identifier: MIT
// Content negotiation by Accept and Accept-Encoding (RFC 9110 §12.5), as far as this server has a choice.
#pragma once

#include "http/request_head.hpp"

#include <string_view>

namespace filesrv::http {

/// Weight of a media type in thousandths, 0–1000: the most specific range that matches decides, the first of
/// equals. 1000 without an Accept field. Malformed elements count for nothing.
[[nodiscard]] unsigned accept_weight(const RequestHead& head, std::string_view type,
                                     std::string_view subtype) noexcept;

/// Weight of a content coding ("gzip", "br", "zstd"); 0 without an Accept-Encoding field, since only
/// `identity` is safe then. `x-gzip` is gzip (RFC 9110 §8.4.1.3).
[[nodiscard]] unsigned encoding_weight(const RequestHead& head, std::string_view coding) noexcept;

/// True when application/json is asked for above text/html, or alike but by name where HTML is only covered
/// by a wildcard.
/// `*/*` alone, or no field, is no such wish.
[[nodiscard]] bool prefers_json(const RequestHead& head) noexcept;

/// True when text/html is named and JSON is not preferred: a browser.
[[nodiscard]] bool prefers_html(const RequestHead& head) noexcept;

}  // namespace filesrv::http
