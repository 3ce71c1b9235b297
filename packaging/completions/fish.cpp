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
    std::string list;
    for (const std::string& one : word.words) list += (list.empty() ? "" : " ") + one;
    return " -x -a " + quoted(list);
}

}  // namespace

std::string fish_completion(const std::vector<Word>& words) {
    std::string out = "# fish completion for filesrvd(8), generated from its options\ncomplete -c filesrvd -f\n";
    for (const Word& word : words) {
        out += "complete -c filesrvd";
        if (word.letter != 0) out += std::string(" -s ") + word.letter;
        out += " -l " + std::string(word.name) + action(word) + " -d " + quoted(word.help) + '\n';
    }
    return out;
}

}  // namespace filesrv::completions
