// SPDX-License-Identifier: MIT
// The journal's native protocol: an entry is a datagram of fields. Documented as stable by systemd ("Native Journal
// Protocol"), so no library is needed.
#pragma once

#include <string>
#include <string_view>

#include "observe/log.hpp"

namespace filesrv::observe {

/// Where the journal listens.
inline constexpr const char* journal_socket = "/run/systemd/journal/socket";

/// Appends `NAME=value`, or the form with a length where the value has a newline. Names are upper case.
void append_journal_field(std::string& out, std::string_view name, std::string_view value);

/// syslog(3)'s number for a level: debug, info, warning, err.
[[nodiscard]] char journal_priority(LogLevel level) noexcept;

/// The MESSAGE_ID of a kind of line, constant for ever; empty for lines of no kind.
[[nodiscard]] std::string_view journal_message_id(LogKind kind) noexcept;

/// Of a line in the access log.
inline constexpr std::string_view journal_access_id = "5b1cf4f2a9d84b6f8a1de0a0c4b7e9d3";

/// A whole entry for a line of the log.
[[nodiscard]] std::string journal_entry(LogLevel level, std::string_view line, LogKind kind);

}  // namespace filesrv::observe
