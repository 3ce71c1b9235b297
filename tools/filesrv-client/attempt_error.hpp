// SPDX-License-Identifier: MIT
// What went wrong with one attempt, in words; and whether another may help.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/clock.hpp"
#include "tools/filesrv-client/answer_head.hpp"
#include "tools/filesrv-client/easy.hpp"
#include "tools/filesrv-client/request.hpp"

namespace filesrv::client {

/// One clause for a transport failure: which server, and the system's reason.
[[nodiscard]] std::string describe_break(CURL* easy, CURLcode code, const Server& server, const char* detail);

/// Whether the same request may fare better soon: not with a name that does not resolve, or an answer that is no HTTP.
[[nodiscard]] bool may_pass(CURLcode code) noexcept;

/// One clause for an error answer: `404 Not Found`, with where a redirection points, or the first line of what the
/// server says in plain text besides.
[[nodiscard]] std::string describe_answer(const AnswerHead& head, std::string_view body);

/// Retry-After in seconds or as a date (RFC 9110 §10.2.3); nothing where there is none, or it is malformed.
[[nodiscard]] std::optional<Duration> parse_retry_after(std::string_view text, std::int64_t now_seconds);

}  // namespace filesrv::client
