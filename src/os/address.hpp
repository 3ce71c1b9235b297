// SPDX-License-Identifier: MIT
// Addresses of one end of a connection, as small values with a text form. Knows no socket.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"

namespace filesrv::os {

enum class AddressFamily : std::uint8_t { none, v4, v6, unix_socket };

/// One end of a connection. A v4 address uses the first four bytes. Small, copied freely.
struct PeerAddress {
    AddressFamily family = AddressFamily::none;
    std::uint16_t port = 0;
    std::array<std::uint8_t, 16> bytes{};

    /// `127.0.0.1`, `::1`, `unix`: what an access log prints.
    [[nodiscard]] std::string host_text() const;
    /// `127.0.0.1:8080`, `[::1]:8080`, `unix`.
    [[nodiscard]] std::string text() const;
    /// 127/8, ::1, or 127/8 mapped into IPv6. A Unix socket is not an address at all: false.
    [[nodiscard]] bool is_loopback() const noexcept;
    /// Same host, whatever the port: for limits by address.
    [[nodiscard]] bool same_host(const PeerAddress& other) const noexcept {
        return family == other.family && bytes == other.bytes;
    }
    bool operator==(const PeerAddress&) const noexcept = default;
};

/// A numeric address, or nothing if `host` is a name. Brackets are the caller's.
[[nodiscard]] std::optional<PeerAddress> parse_address(std::string_view host, std::uint16_t port);

/// Asks the resolver, getaddrinfo(3); may block. EADDRNOTAVAIL, with the name and why as subject.
[[nodiscard]] Result<std::vector<PeerAddress>> resolve(const std::string& host, std::uint16_t port);

}  // namespace filesrv::os
