// SPDX-License-Identifier: MIT
// Foreign text made safe for HTML and JSON, and the frame that all pages of this server share.
#pragma once

#include <string>
#include <string_view>

namespace filesrv::serve {

/// Content-Security-Policy of every page made here: no scripts, nothing from elsewhere, forms to us and frames of ours.
inline constexpr std::string_view page_security_policy =
    "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; base-uri 'none'; frame-ancestors 'self'";
inline constexpr std::string_view html_content_type = "text/html; charset=utf-8";
inline constexpr std::string_view json_content_type = "application/json";
inline constexpr std::string_view text_content_type = "text/plain; charset=utf-8";

/// Appends text for HTML content and quoted attributes. What is no UTF-8, and controls, become U+FFFD,
/// also those that would turn the writing direction.
void append_html(std::string& out, std::string_view text);

/// Appends a JSON string with its quotes (RFC 8259). What is no UTF-8 becomes U+FFFD.
void append_json_string(std::string& out, std::string_view text);

/// Appends everything up to and including `<main>`; `title` is plain text.
void append_page_head(std::string& out, std::string_view title);
/// Likewise, with the title as heading.
void append_page_begin(std::string& out, std::string_view title);
void append_page_end(std::string& out);

}  // namespace filesrv::serve
