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

std::string action(const Word& word) {
    switch (word.offer) {
        case Offer::no_value: return {};
        case Offer::nothing: return "return";
        case Offer::folders: return "_filesrvd_offer -o filenames -d; return";
        case Offer::files: return "_filesrvd_offer -o filenames -f; return";
        case Offer::users: return "_filesrvd_offer -u; return";
        case Offer::words: break;
    }
    std::string list;
    for (const std::string& one : word.words) list += (list.empty() ? "" : " ") + one;
    return "_filesrvd_offer -W '" + list + "'; return";
}

constexpr std::string_view head = R"(# bash completion for filesrvd(8), generated from its options
_filesrvd_offer() {
    # A line is one candidate: names with blanks stay whole.
    [[ $1 != -o ]] || { compopt -o "$2" 2>/dev/null; shift 2; }
    mapfile -t COMPREPLY < <(compgen "$@" -- "$cur")
}

_filesrvd() {
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

}  // namespace

std::string bash_completion(const std::vector<Word>& words) {
    std::string out(head);
    std::string names;
    for (const Word& word : words) {
        names += (names.empty() ? "--" : " --") + std::string(word.name);
        if (word.letter != 0) names += std::string{' ', '-', word.letter};
        if (word.offer != Offer::no_value) out += "        " + pattern(word) + ") " + action(word) + " ;;\n";
    }
    out += "    esac\n    _filesrvd_offer -W '" + names + "'\n}\ncomplete -F _filesrvd filesrvd\n";
    return out;
}

}  // namespace filesrv::completions
