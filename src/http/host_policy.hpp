// SPDX-License-Identifier: MIT
// Who may be asked for, and by whose pages: the rules against rebound names and cross-site writes.
#pragma once

#include "http/reject.hpp"
#include "http/request.hpp"

#include <optional>
#include <string>
#include <vector>

namespace filesrv::http {

struct HostPolicy {
    bool loopback_only = true;       ///< the listener can be reached from this machine only
    std::vector<std::string> names;  ///< accepted besides loopback's; case, port and final dot do not matter
    bool any = false;
};

/// 421 when the host asked for is none of ours: else a page whose name was rebound to 127.0.0.1 could read
/// everything. And when an https URL is asked for, which RFC 9110 §7.4 forbids to answer in the clear.
[[nodiscard]] std::optional<Reject> check_host(const Request& request, const HostPolicy& policy) noexcept;

/// 403 when a page of another site asks for a change: Sec-Fetch-Site neither same-origin nor none, or an
/// Origin that is not the host asked for. Safe methods pass; so does a client that sends neither field.
[[nodiscard]] std::optional<Reject> check_same_site(const Request& request) noexcept;

}  // namespace filesrv::http
