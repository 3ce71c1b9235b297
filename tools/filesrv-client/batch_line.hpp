// SPDX-License-Identifier: MIT
// One line of a batch file: `[-] VERB PATH [HOST [PORT]]`.
#pragma once

#include <optional>
#include <string_view>

#include "tools/filesrv-client/request.hpp"

namespace filesrv::client {

inline constexpr std::size_t batch_line_bytes_max = 16 * 1024;

/// The request, for `fallback` where the line names no server; nothing for a blank line or a comment. `line` has no line
/// end. Verbs in any case: GET, HEAD, POST, PUT, DELETE, client_get, client_post. Uploads send the local file PATH to
/// the same path there.
[[nodiscard]] Checked<std::optional<Request>> parse_batch_line(std::string_view line, const Server& fallback);

/// `GET`, `post`, `client_get`…
[[nodiscard]] std::optional<Verb> parse_batch_verb(std::string_view word) noexcept;

}  // namespace filesrv::client
