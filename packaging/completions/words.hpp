// SPDX-License-Identifier: MIT
// What completions offer: every option of filesrvd and what its value may be, drawn from the daemon's own tables.
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

/// Every option in the order of --help.
[[nodiscard]] std::vector<Word> all_words();

[[nodiscard]] std::string bash_completion(const std::vector<Word>& words);
[[nodiscard]] std::string zsh_completion(const std::vector<Word>& words);
[[nodiscard]] std::string fish_completion(const std::vector<Word>& words);

}  // namespace filesrv::completions
