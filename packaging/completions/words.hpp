// SPDX-License-Identifier: MIT
// What completions offer: every option and command of a program and what its value may be, drawn from its own tables.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace filesrv::completions {

/// What a shell offers where a value is wanted.
enum class Offer : std::uint8_t {
    no_value,  ///< a flag: nothing follows
    nothing,   ///< a number, a time, free text: the person knows
    folders,
    files,
    users,
    words,  ///< the option's `words`
};

struct Word {
    char letter;  ///< short name, or 0
    std::string_view name;
    std::string_view value;  ///< name of its value; empty for a flag
    std::string_view help;
    Offer offer;
    std::vector<std::string> words;
    bool repeatable;
};

/// A word that is no option: what the program is to do.
struct Command {
    std::string_view name;
    std::string_view help;
    std::vector<std::string> words;  ///< what its argument may be; empty = none, or the person knows
};

struct Program {
    std::string name;
    std::vector<Word> options;      ///< in the order of --help
    std::vector<Command> commands;  ///< likewise; empty = it has none
    std::vector<std::string_view> operands;  ///< of a program without commands: names of the words that are no option
};

[[nodiscard]] Program daemon_program();
[[nodiscard]] Program ctl_program();
[[nodiscard]] Program client_program();

/// Separated by blanks.
[[nodiscard]] std::string joined(const std::vector<std::string>& words);

[[nodiscard]] std::string bash_completion(const Program& program);
[[nodiscard]] std::string zsh_completion(const Program& program);
[[nodiscard]] std::string fish_completion(const Program& program);

}  // namespace filesrv::completions
