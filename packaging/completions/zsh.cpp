// SPDX-License-Identifier: MIT
// zsh: one call of _arguments.
#include "words.hpp"

namespace filesrv::completions {
namespace {

/// For a specification in single quotes: colons and brackets mean something to _arguments, quotes to the shell.
std::string escaped(std::string_view text) {
    std::string out;
    for (const char c : text) {
        if (c == '\'') {
            out += "'\\''";
            continue;
        }
        if (c == ':' || c == '[' || c == ']' || c == '\\') out += '\\';
        out += c;
    }
    return out;
}

std::string action(const Word& word) {
    switch (word.offer) {
        case Offer::no_value: return {};
        case Offer::nothing: return " ";
        case Offer::folders: return "_directories";
        case Offer::files: return "_files";
        case Offer::users: return "_users";
        case Offer::words: break;
    }
    std::string list = "(";
    for (const std::string& one : word.words) list += (list.size() == 1 ? "" : " ") + one;
    return list + ')';
}

/// `'(-r --root)'{-r+,--root=}'[help]:DIR:_directories'`
std::string specification(const Word& word) {
    const std::string value(word.value.empty() ? "" : "=");
    const std::string name = "--" + std::string(word.name);
    std::string out;
    if (word.letter != 0) {
        const std::string letter{'-', word.letter};
        out = word.repeatable ? "'*'" : "'(" + letter + ' ' + name + ")'";
        out += '{' + letter + (word.value.empty() ? "" : "+") + ',' + name + value + "}'";
    } else {
        out = std::string(word.repeatable ? "'*" : "'") + name + value;
    }
    out += '[' + escaped(word.help) + ']';
    if (!word.value.empty()) out += ':' + escaped(word.value) + ':' + action(word);
    return out + '\'';
}

}  // namespace

std::string zsh_completion(const std::vector<Word>& words) {
    std::string out =
        "#compdef filesrvd\n# zsh completion for filesrvd(8), generated from its options\n_arguments -s -S \\\n";
    for (const Word& word : words) out += "    " + specification(word) + " \\\n";
    return out + "    '::PORT: '\n";
}

}  // namespace filesrv::completions
