// SPDX-License-Identifier: MIT
// Base64 (RFC 4648 §4) as structured fields use it: small values, no line breaks.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace filesrv::http {

/// With padding.
void append_base64(std::string& out, std::span<const std::uint8_t> bytes);

/// Writes what the text means into `out` and tells how many bytes that is, also beyond the room (then only what
/// fits is written). As RFC 8941 §4.2.7 asks, padding may be missing and the bits behind the last byte may be
/// set; anything else that is not canonical is nothing.
[[nodiscard]] std::optional<std::size_t> decode_base64(std::string_view text, std::span<std::uint8_t> out) noexcept;

}  // namespace filesrv::http
