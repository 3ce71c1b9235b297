// SPDX-License-Identifier: MIT
// The chunked coding of what we send (RFC 9112 section 7.1): no extensions, no trailers.
#pragma once

#include <string>
#include <string_view>

namespace filesrv::serve {

/// Ends the body.
inline constexpr std::string_view last_chunk = "0\r\n\r\n";

/// Appends one chunk of all of `bytes`, which may not be empty: that would end the body.
void append_chunk(std::string& out, std::string_view bytes);

}  // namespace filesrv::serve
