// SPDX-License-Identifier: MIT
// The rules against rebound names and cross-site writes.
#include "http/host_policy.hpp"

#include "base/assert.hpp"
#include "http/authority.hpp"
#include "http/grammar.hpp"

#include <algorithm>

namespace filesrv::http {
namespace {

/// An Origin is `scheme://host[:port]`, or `null` (RFC 6454 §7). Nothing for `null` and for what we cannot
/// compare.
struct OriginParts {
    Authority authority;
    std::uint16_t default_port = 0;
};

std::optional<OriginParts> parse_origin(std::string_view text) noexcept {
    const std::size_t colon = text.find("://");
    if (colon == std::string_view::npos) return std::nullopt;
    const bool https = grammar::equals_ignoring_case(text.substr(0, colon), "https");
    if (!https && !grammar::equals_ignoring_case(text.substr(0, colon), "http")) return std::nullopt;
    const auto authority = parse_authority(text.substr(colon + 3));
    if (!authority) return std::nullopt;
    return OriginParts{.authority = *authority, .default_port = static_cast<std::uint16_t>(https ? 443 : 80)};
}

/// Ports that are left out are the Origin's scheme's on both sides: behind a TLS proxy the Host has none
/// either.
bool is_own_origin(std::string_view origin, const Authority& ours) noexcept {
    const auto theirs = parse_origin(origin);
    if (!theirs) return false;
    const std::uint16_t their_port = theirs->authority.port.value_or(theirs->default_port);
    return same_host(theirs->authority.host, ours.host) &&
           their_port == ours.port.value_or(theirs->default_port);
}

bool is_named(std::string_view host, const std::vector<std::string>& names) noexcept {
    return std::any_of(names.begin(), names.end(), [host](const std::string& name) {
        const auto authority = parse_authority(name);
        return same_host(host, authority ? authority->host : std::string_view(name));
    });
}

}  // namespace

std::optional<Reject> check_host(const Request& request, const HostPolicy& policy) noexcept {
    // Whatever name it has: nothing here was asked for over a connection that the scheme demands.
    if (request.target.secure) {
        return Reject{.status = Status::misdirected_request,
                      .detail = "This connection is not secured, as an https URL demands.",
                      .close = request.body.has_bytes()};
    }
    if (policy.any || (!policy.loopback_only && policy.names.empty())) return std::nullopt;
    // Browsers always send a Host: a client without one is HTTP/1.0 and no victim of rebinding.
    if (request.host.empty()) return std::nullopt;
    FS_ASSERT(!request.authority.host.empty());
    if (request.loopback_host || is_named(request.authority.host, policy.names)) return std::nullopt;
    return Reject{
        .status = Status::misdirected_request,
        .detail = "This server does not answer to that host name; start it with --host NAME to allow it.",
        .close = request.body.has_bytes()};
}

std::optional<Reject> check_same_site(const Request& request) noexcept {
    FS_ASSERT(request.head != nullptr);
    if (is_safe(request.method)) return std::nullopt;
    bool foreign = false;
    request.head->for_each(KnownField::sec_fetch_site, [&](std::string_view site) {
        foreign = foreign || (site != "same-origin" && site != "none");
    });
    request.head->for_each(KnownField::origin, [&](std::string_view origin) {
        foreign = foreign || !is_own_origin(origin, request.authority);
    });
    if (!foreign) return std::nullopt;
    return Reject{.status = Status::forbidden,
                  .detail = "A page of another site may not change anything here.",
                  .close = request.body.has_bytes()};
}

}  // namespace filesrv::http
