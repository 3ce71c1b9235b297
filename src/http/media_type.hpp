// SPDX-License-Identifier: MIT
// Content types by the end of a file's name; text with its charset.
#pragma once

#include <string_view>

namespace filesrv::http {

/// By the longest known extension, in any case; `application/octet-stream` when none is known. Static text.
[[nodiscard]] std::string_view media_type(std::string_view file_name) noexcept;

}  // namespace filesrv::http
