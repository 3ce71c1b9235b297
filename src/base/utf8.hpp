// SPDX-License-Identifier: MIT
// UTF-8 as foreign text has it: how long a character is, and which ones must reach neither a page nor a terminal.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace filesrv {

/// Length of the well-formed sequence that text begins with, by the table of RFC 3629 section 4; 0 = there is none.
/// Text is not empty.
[[nodiscard]] std::size_t utf8_length(std::string_view text) noexcept;

/// Whether all of it is well-formed.
[[nodiscard]] bool is_utf8(std::string_view text) noexcept;

/// C0, DEL and C1, and what turns the writing direction for others (U+202A to U+202E, U+2066 to U+2069): no name needs
/// them, a page shows them as nothing, and with the latter `safe…gpj.exe` reads as `safeexe.jpg`. One well-formed
/// character is taken.
[[nodiscard]] bool is_control_character(std::string_view character) noexcept;

/// Appends text for a terminal: controls and what is no UTF-8 byte by byte as `\x1B`, a backslash doubled, so that no
/// name moves the cursor and two names never look alike.
void append_printable(std::string& out, std::string_view text);
[[nodiscard]] std::string printable(std::string_view text);

}  // namespace filesrv
