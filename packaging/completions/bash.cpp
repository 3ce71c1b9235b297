// SPDX-License-Identifier: MIT
// bash: one function, which needs nothing of the bash-completion package.
#include "words.hpp"

namespace filesrv::completions {
namespace {

/// `-r|--root`, as a pattern of `case`.
std::string pattern(const Word& word) {
    std::string text;
    if (word.letter != 0) text = std::string{'-', word.letter, '|'};
    return text + "--" + std::string(word.name);
}

/// Functions of the shell are named after their program.
std::string named(std::string text, const std::string& program) {
    for (std::size_t at = 0; (at = text.find('%', at)) != text.npos; at += program.size()) text.replace(at, 1, program);
    return text;
}

std::string action(const Word& word) {
    switch (word.offer) {
        case Offer::no_value: return {};
        case Offer::nothing: return "return";
        case Offer::folders: return "_%_offer -o filenames -d; return";
        case Offer::files: return "_%_offer -o filenames -f; return";
        case Offer::users: return "_%_offer -u; return";
        case Offer::words: break;
    }
    return "_%_offer -W '" + joined(word.words) + "'; return";
}

constexpr const char* head = R"(# bash completion for %, generated from its options
_%_offer() {
    # A line is one candidate: names with blanks stay whole.
    [[ $1 != -o ]] || { compopt -o "$2" 2>/dev/null; shift 2; }
    mapfile -t COMPREPLY < <(compgen "$@" -- "$cur")
}

_%() {
    local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]}
    COMPREPLY=()
    # bash cuts --option=value into three words.
    if [[ $cur == = ]]; then
        cur=
    elif [[ $prev == = && $COMP_CWORD -ge 2 ]]; then
        prev=${COMP_WORDS[COMP_CWORD-2]}
    fi
    case $prev in
)";

/// A command is offered until there is one, options always.
std::string commands_part(const std::vector<Command>& commands) {
    std::string names;
    std::string patterns;
    for (const Command& command : commands) {
        names += (names.empty() ? "" : " ") + std::string(command.name);
        patterns += (patterns.empty() ? "" : "|") + std::string(command.name);
    }
    return "    local word given=\n    for word in \"${COMP_WORDS[@]:1:COMP_CWORD-1}\"; do\n        case $word in " + patterns +
           ") given=$word ;; esac\n    done\n    [[ -n $given || $cur == -* ]] || { _%_offer -W '" + names + "'; return; }\n";
}

}  // namespace

std::string bash_completion(const Program& program) {
    std::string out(head);
    std::string names;
    for (const Word& word : program.options) {
        names += (names.empty() ? "--" : " --") + std::string(word.name);
        if (word.letter != 0) names += std::string{' ', '-', word.letter};
        if (word.offer != Offer::no_value) out += "        " + pattern(word) + ") " + action(word) + " ;;\n";
    }
    for (const Command& command : program.commands)
        if (!command.words.empty()) out += "        " + std::string(command.name) + ") _%_offer -W '" + joined(command.words) + "'; return ;;\n";
    out += "    esac\n";
    if (!program.commands.empty()) out += commands_part(program.commands);
    return named(out + "    _%_offer -W '" + names + "'\n}\ncomplete -F _% %\n", program.name);
}

}  // namespace filesrv::completions
