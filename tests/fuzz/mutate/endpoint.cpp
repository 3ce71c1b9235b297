// SPDX-License-Identifier: MIT
// Connecting without waiting, to either family.
#include "endpoint.hpp"

#include <cerrno>
#include <cstddef>
#include <cstring>
#include <limits>

#include <sys/un.h>

#include "base/numbers.hpp"
#include "os/sockaddr.hpp"

namespace filesrv::mutate {
namespace {

Result<Endpoint> unix_endpoint(std::string_view path) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (path.empty() || path.size() >= sizeof address.sun_path) return failure(ENAMETOOLONG, "target", path);
    std::memcpy(address.sun_path, path.data(), path.size());
    Endpoint endpoint{.length = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + path.size() + 1)};
    std::memcpy(&endpoint.address, &address, sizeof address);
    return endpoint;
}

}  // namespace

Result<Endpoint> parse_endpoint(std::string_view text) {
    constexpr std::string_view unix_prefix = "unix:";
    if (text.starts_with(unix_prefix)) return unix_endpoint(text.substr(unix_prefix.size()));
    const std::size_t colon = text.rfind(':');
    if (colon == text.npos) return failure(EINVAL, "target", text);
    const auto port = parse_decimal(text.substr(colon + 1));
    if (!port || *port > std::numeric_limits<std::uint16_t>::max()) return failure(EINVAL, "target", text);
    std::string_view host = text.substr(0, colon);
    if (host == "localhost") host = "127.0.0.1";
    const auto address = os::parse_address(host, static_cast<std::uint16_t>(*port));
    if (!address) return failure(EINVAL, "target", text);
    Endpoint endpoint;
    endpoint.length = os::to_sockaddr(*address, endpoint.address);
    return endpoint;
}

Result<os::UniqueFd> connect_to(const Endpoint& endpoint) {
    auto fd = os::UniqueFd::adopt(
        ::socket(endpoint.address.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    if (!fd.is_open()) return failure(errno, "socket");
    const auto* address = reinterpret_cast<const sockaddr*>(&endpoint.address);
    if (::connect(fd.number(), address, endpoint.length) != 0 && errno != EINPROGRESS)
        return failure(errno, "connect");
    return fd;
}

}  // namespace filesrv::mutate
