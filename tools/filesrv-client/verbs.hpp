// SPDX-License-Identifier: MIT
// The verbs of the prompt: what each takes, what HELP says about it, and a line as one of them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <expected>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace filesrv::client {

enum class PromptVerb : std::uint8_t { get, post, put, remove, head, ls, help, quit };

/// What an argument names, for completion: something of the server, a file here, a download here, a verb.
enum class Names : std::uint8_t { nothing, remote, local, saved, verb };

struct VerbSpec {
    PromptVerb verb;
    std::string_view name;       ///< in capitals
    std::string_view arguments;  ///< as usage shows them: `PATH [LOCAL-NAME]`
    std::string_view summary;    ///< one clause
    std::string_view details;    ///< sentences for HELP VERB, lines of at most 78 columns
    Names takes[2];
    std::size_t needed;  ///< so many arguments at least
};

/// In the order of HELP.
[[nodiscard]] std::span<const VerbSpec> verb_table() noexcept;
[[nodiscard]] const VerbSpec& spec_of(PromptVerb verb) noexcept;
/// In any case. EXIT is QUIT.
[[nodiscard]] const VerbSpec* find_verb(std::string_view name) noexcept;

/// One line of the prompt, understood.
struct Command {
    PromptVerb verb = PromptVerb::help;
    std::string first;   ///< path, folder, or verb to explain
    std::string second;  ///< the name at the other side
};

/// Nothing for an empty line and for a comment, which begins with #. An error is one clause that names the word
/// that is wrong and what would be right.
[[nodiscard]] std::expected<std::optional<Command>, std::string> parse_command(std::string_view line);

/// What HELP prints: all verbs, or one.
[[nodiscard]] std::string help_of_all();
[[nodiscard]] std::string help_of(const VerbSpec& spec);

}  // namespace filesrv::client
