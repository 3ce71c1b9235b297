// SPDX-License-Identifier: MIT
// A line as words: quotes and escapes undone, and done again for names that need them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <expected>
#include <string>
#include <string_view>
#include <vector>

namespace filesrv::client {

/// What a line leaves open at its end.
enum class Open : std::uint8_t { nothing, single_quote, double_quote, backslash };

/// One word, and where it stands in the line as it was typed.
struct Word {
    std::string text;
    std::size_t begin = 0;
    std::size_t end = 0;  ///< behind its last byte
};

struct Split {
    std::vector<Word> words;
    Open open = Open::nothing;
};

/// Cuts at blanks and tabs. As a shell has it: '…' is literal, "…" keeps blanks, a backslash makes the next byte
/// ordinary. Outside '…' `\xHH` is one byte in hexadecimal, which is how LS shows what is not printable.
/// A word that begins with # ends the line, as a comment. Any text is taken; the last word of an open line is what there is of it.
[[nodiscard]] Split split_line(std::string_view line);

/// The same of a whole line; an error is a sentence that says what is open, or that a name cannot hold a zero byte.
[[nodiscard]] std::expected<std::vector<std::string>, std::string> whole_words(std::string_view line);

/// How a name is written: `nothing` = with backslashes. `backslash` is no way of writing.
/// What cannot stand in '…' is written with backslashes instead. The quote is left open, so that more can follow.
/// split_line makes the name of it again, whatever bytes it has.
[[nodiscard]] std::string written_as(std::string_view name, Open way);

}  // namespace filesrv::client
