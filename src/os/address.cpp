// SPDX-License-Identifier: MIT
// Addresses: text forms, the kernel's forms, and the resolver.
#include "os/address.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>

#include <arpa/inet.h>
#include <netdb.h>

#include "base/assert.hpp"
#include "os/sockaddr.hpp"

namespace filesrv::os {
namespace {

/// Where a v4 address begins inside the v6 range ::ffff:0:0/96 (RFC 4291 section 2.5.5.2).
constexpr std::array<std::uint8_t, 12> v4_mapped_prefix{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
constexpr std::array<std::uint8_t, 16> v6_loopback{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1};

}  // namespace

socklen_t to_sockaddr(const PeerAddress& address, sockaddr_storage& out) noexcept {
    FS_ASSERT(address.family == AddressFamily::v4 || address.family == AddressFamily::v6);
    std::memset(&out, 0, sizeof out);
    if (address.family == AddressFamily::v4) {
        sockaddr_in v4{};
        v4.sin_family = AF_INET;
        v4.sin_port = htons(address.port);
        std::memcpy(&v4.sin_addr, address.bytes.data(), sizeof v4.sin_addr);
        std::memcpy(&out, &v4, sizeof v4);
        return sizeof v4;
    }
    sockaddr_in6 v6{};
    v6.sin6_family = AF_INET6;
    v6.sin6_port = htons(address.port);
    std::memcpy(&v6.sin6_addr, address.bytes.data(), sizeof v6.sin6_addr);
    std::memcpy(&out, &v6, sizeof v6);
    return sizeof v6;
}

PeerAddress from_sockaddr(const sockaddr_storage& in) noexcept {
    PeerAddress address;
    if (in.ss_family == AF_INET) {
        sockaddr_in v4;
        std::memcpy(&v4, &in, sizeof v4);
        address.family = AddressFamily::v4;
        address.port = ntohs(v4.sin_port);
        std::memcpy(address.bytes.data(), &v4.sin_addr, sizeof v4.sin_addr);
    } else if (in.ss_family == AF_INET6) {
        sockaddr_in6 v6;
        std::memcpy(&v6, &in, sizeof v6);
        address.family = AddressFamily::v6;
        address.port = ntohs(v6.sin6_port);
        std::memcpy(address.bytes.data(), &v6.sin6_addr, sizeof v6.sin6_addr);
    } else if (in.ss_family == AF_UNIX) {
        address.family = AddressFamily::unix_socket;
    }
    return address;
}

std::string PeerAddress::host_text() const {
    if (family == AddressFamily::unix_socket) return "unix";
    if (family == AddressFamily::none) return "-";
    char text[INET6_ADDRSTRLEN];
    const int kernel_family = family == AddressFamily::v4 ? AF_INET : AF_INET6;
    const char* written = ::inet_ntop(kernel_family, bytes.data(), text, sizeof text);
    FS_ASSERT(written != nullptr);  // only an unknown family or a short buffer could fail
    return written;
}

std::string PeerAddress::text() const {
    switch (family) {
        case AddressFamily::v4: return host_text() + ':' + std::to_string(port);
        case AddressFamily::v6: return '[' + host_text() + "]:" + std::to_string(port);
        case AddressFamily::unix_socket:
        case AddressFamily::none: return host_text();
    }
    FS_UNREACHABLE("a family of no kind");
}

bool PeerAddress::is_loopback() const noexcept {
    if (family == AddressFamily::v4) return bytes[0] == 127;
    if (family != AddressFamily::v6) return false;
    if (bytes == v6_loopback) return true;
    return std::equal(v4_mapped_prefix.begin(), v4_mapped_prefix.end(), bytes.begin()) && bytes[12] == 127;
}

std::optional<PeerAddress> parse_address(std::string_view host, std::uint16_t port) {
    const std::string terminated(host);
    if (terminated.size() != std::strlen(terminated.c_str())) return std::nullopt;  // a NUL inside
    PeerAddress address{.port = port};
    if (::inet_pton(AF_INET, terminated.c_str(), address.bytes.data()) == 1) {
        address.family = AddressFamily::v4;
        return address;
    }
    if (::inet_pton(AF_INET6, terminated.c_str(), address.bytes.data()) == 1) {
        address.family = AddressFamily::v6;
        return address;
    }
    return std::nullopt;
}

Result<std::vector<PeerAddress>> resolve(const std::string& host, std::uint16_t port) {
    FS_ASSERT(!host.empty());
    addrinfo hints{};
    hints.ai_family = AF_UNSPEC;
    hints.ai_socktype = SOCK_STREAM;
    addrinfo* list = nullptr;
    if (const int code = ::getaddrinfo(host.c_str(), nullptr, &hints, &list); code != 0)
        return failure(code == EAI_SYSTEM ? errno : EADDRNOTAVAIL, "getaddrinfo",
                       host + " (" + ::gai_strerror(code) + ")");

    std::vector<PeerAddress> addresses;
    for (const addrinfo* entry = list; entry != nullptr; entry = entry->ai_next) {
        if (entry->ai_addrlen > sizeof(sockaddr_storage)) continue;
        sockaddr_storage storage{};
        std::memcpy(&storage, entry->ai_addr, entry->ai_addrlen);
        PeerAddress address = from_sockaddr(storage);
        address.port = port;
        if (std::find(addresses.begin(), addresses.end(), address) == addresses.end())
            addresses.push_back(address);
    }
    ::freeaddrinfo(list);
    return addresses;
}

}  // namespace filesrv::os
