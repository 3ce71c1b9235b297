// SPDX-License-Identifier: MIT
// Request targets (RFC 9112 §3.2): decoded once into a path below the root, and encoded again for links.
#pragma once

#include "http/reject.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace filesrv::http {

enum class TargetForm : std::uint8_t { origin, absolute, authority, asterisk };

/// Where a request points. Reused: `path` keeps its capacity. The views point into the head's bytes.
struct Target {
    std::string
        path;  ///< decoded, no leading or trailing slash, no dot segment; "" = the root. Any byte but NUL
    bool folder = false;    ///< written with a trailing slash, or the root
    bool asterisk = false;  ///< `*`, of OPTIONS
    TargetForm form = TargetForm::origin;
    bool has_query = false;
    std::string_view query;      ///< as sent, without the question mark
    std::string_view authority;  ///< of the absolute form, as sent
    bool secure = false;         ///< the absolute form's scheme is https
};

/// Reads origin-form, absolute-form and `*`. Dot segments are resolved and end at the root, slashes in a row
/// are one. 400 for a malformed escape, for %00 and %2F (a name cannot hold them), and for anything else. Blanks and
/// controls are not looked for: no request line lets them through.
[[nodiscard]] std::optional<Reject> parse_target(std::string_view text, Target& out);

/// Appends a path with every byte escaped that is not unreserved or a slash (RFC 3986 §2.3): safe in a
/// Location, an HTML attribute, and as a relative reference.
void append_encoded_path(std::string& out, std::string_view path);

/// The same for one name: a slash is escaped too.
void append_encoded_segment(std::string& out, std::string_view name);

}  // namespace filesrv::http
