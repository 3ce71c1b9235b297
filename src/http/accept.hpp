// SPDX-License-Identifier: MIT
// Content negotiation by Accept (RFC 9110 §12.5.1), as far as this server has a choice.
#pragma once

#include "http/request_head.hpp"

#include <cstdint>
#include <string_view>

namespace filesrv::http {

/// Weight of a media type in thousandths, 0–1000: the most specific range that matches decides. 1000 without an Accept field.
/// Malformed elements count for nothing.
[[nodiscard]] unsigned accept_weight(const RequestHead& head, std::string_view type, std::string_view subtype) noexcept;

/// True when application/json is asked for above text/html; `*/*` alone, or no field, is no such wish.
[[nodiscard]] bool prefers_json(const RequestHead& head) noexcept;

/// True when text/html is named (not merely covered by a wildcard) and not below application/json: a browser.
[[nodiscard]] bool prefers_html(const RequestHead& head) noexcept;

}  // namespace filesrv::http
