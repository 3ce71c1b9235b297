// SPDX-License-Identifier: MIT
// Answers that the server words itself: errors, redirects, listings, what an upload is told.
#pragma once

#include <string>
#include <string_view>

#include "http/request.hpp"
#include "http/status.hpp"
#include "serve/answer_text.hpp"
#include "serve/errno_status.hpp"

namespace filesrv::serve {

/// A whole answer but for the fields of the connection. `fields` are whole lines, each ended.
struct Answer {
    http::Status status = http::Status::ok;
    std::string fields;
    std::string_view content_type;  ///< empty = no body
    std::string body;
};

/// The form of a body that this client reads best.
[[nodiscard]] BodyForm preferred_form(const http::Request* request) noexcept;

/// An error with one sentence for its reader.
[[nodiscard]] Answer error_answer(const http::Request* request, http::Status status, std::string_view sentence,
                                  const FormProgress* progress = nullptr);

/// What errno means (errno_status.hpp), as an answer.
[[nodiscard]] Answer errno_answer(const http::Request* request, int code, Access access);

/// 204 with Allow; also for `OPTIONS *`.
[[nodiscard]] Answer options_answer(std::string_view allowed_methods);

/// A folder asked for without its slash: 301 to the same path with it, the query kept (RFC 9110 section 15.4.2).
[[nodiscard]] Answer folder_redirect(const http::Request& request);

/// The path of a request as Location says it: absolute, encoded, so that it can never name another host.
[[nodiscard]] std::string location_of(std::string_view path);

}  // namespace filesrv::serve
