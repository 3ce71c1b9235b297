// SPDX-License-Identifier: MIT
// Host and port as they stand in Host, in an absolute target and in Origin (RFC 3986 §3.2, RFC 9110 §7.2).
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace filesrv::http {

struct Authority {
    std::string_view host;              ///< reg-name, IPv4 or bracketed IPv6, as sent; never empty
    std::optional<std::uint16_t> port;  ///< nothing for "host" and for "host:"
};

/// Strict: no user information, no blank, brackets only around an IPv6 address, a port of 0–65535. Nothing
/// when malformed.
[[nodiscard]] std::optional<Authority> parse_authority(std::string_view text) noexcept;

/// `localhost`, `*.localhost` (RFC 6761 §6.3), 127.0.0.0/8, `[::1]`; in any case, with or without a final
/// dot.
[[nodiscard]] bool is_loopback_host(std::string_view host) noexcept;

/// Names equal in any case and with or without a final dot.
[[nodiscard]] bool same_host(std::string_view a, std::string_view b) noexcept;

}  // namespace filesrv::http
