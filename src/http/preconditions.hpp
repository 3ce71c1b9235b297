// SPDX-License-Identifier: MIT
// Conditional requests: which fields apply, in which order, and what follows (RFC 9110 §13).
#pragma once

#include "base/clock.hpp"
#include "http/request_head.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace filesrv::http {

/// What is there now, as far as HTTP is concerned. The views must outlive it.
struct EntityInfo {
    std::uint64_t size = 0;  ///< bytes
    WallTime modified;
    std::string_view etag;  ///< as in the field, quotes included
    std::string_view content_type;
};

/// The conditions of one request. Owns its text: an upload keeps a copy until its commit. Reused: strings
/// keep capacity.
struct Conditions {
    bool any = false;  ///< some condition is there; when false nothing else is looked at
    bool has_if_match = false;
    bool has_if_none_match = false;
    std::string if_match;             ///< all lines as one list, or `*`
    std::string if_none_match;        ///< likewise
    std::string if_modified_since;    ///< a date as sent; "" = none. Two lines are invalid and count as none
    std::string if_unmodified_since;  ///< likewise

    /// Takes them from a complete head.
    void extract(const RequestHead& head);
};

enum class Verdict : std::uint8_t { proceed, not_modified, failed };

/// RFC 9110 §13.2.2. `current` is nothing when there is no such file. On reads a malformed If-None-Match is
/// ignored; on writes it fails, as does a malformed If-Match everywhere: who guards against overwriting is
/// not overwritten by a typing error. Dates that are not dates are ignored. `now` settles the century of RFC
/// 850 years.
[[nodiscard]] Verdict evaluate(const Conditions& conditions, const std::optional<EntityInfo>& current,
                               bool is_get_or_head, WallTime now) noexcept;

}  // namespace filesrv::http
