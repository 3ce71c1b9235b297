// SPDX-License-Identifier: MIT
// fish: one line an option.
#include "words.hpp"

namespace filesrv::completions {
namespace {

/// In single quotes, where fish knows two escapes.
std::string quoted(std::string_view text) {
    std::string out = "'";
    for (const char c : text) {
        if (c == '\'' || c == '\\') out += '\\';
        out += c;
    }
    return out + '\'';
}

/// -x = a value and no file names, -r = a value, with file names.
std::string action(const Word& word) {
    switch (word.offer) {
        case Offer::no_value: return {};
        case Offer::nothing: return " -x";
        case Offer::folders: return " -x -a '(__fish_complete_directories)'";
        case Offer::files: return " -r -F";
        case Offer::users: return " -x -a '(__fish_complete_users)'";
        case Offer::words: break;
    }
    return " -x -a " + quoted(joined(word.words));
}

}  // namespace

std::string fish_completion(const Program& program) {
    const std::string complete = "complete -c " + program.name;
    std::string out = "# fish completion for " + program.name + ", generated from its options\n" + complete + " -f\n";
    for (const Command& command : program.commands) {
        const std::string name(command.name);
        out += complete + " -n __fish_use_subcommand -a " + name + " -d " + quoted(command.help) + '\n';
        if (!command.words.empty()) out += complete + " -n '__fish_seen_subcommand_from " + name + "' -a " + quoted(joined(command.words)) + '\n';
    }
    for (const Word& word : program.options) {
        out += complete;
        if (word.letter != 0) out += std::string(" -s ") + word.letter;
        out += " -l " + std::string(word.name) + action(word) + " -d " + quoted(word.help) + '\n';
    }
    return out;
}

}  // namespace filesrv::completions
