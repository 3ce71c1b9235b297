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
    return '(' + joined(word.words) + ')';
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

/// A function that offers the commands with what they do, and one for the argument of the command that is there.
std::string command_functions(const Program& program) {
    std::string commands = '_' + program.name + "_commands() {\n    local -a commands=(\n";
    std::string argument = '_' + program.name + "_argument() {\n";
    for (const Command& command : program.commands) {
        const std::string name(command.name);
        commands += "        '" + name + ':' + escaped(command.help) + "'\n";
        if (!command.words.empty()) argument += "    (( $words[(I)" + name + "] )) && compadd -- " + joined(command.words) + '\n';
    }
    return commands + "    )\n    _describe command commands\n}\n" + argument + "}\n";
}

/// All may be left out.
std::string operands(const Program& program) {
    std::string out;
    for (const std::string_view name : program.operands)
        out += (out.empty() ? "'::" : " '::") + std::string(name) + (name == "HOST" ? ":_hosts'" : ": '");
    return out;
}

}  // namespace

std::string zsh_completion(const Program& program) {
    std::string out = "#compdef " + program.name + "\n# zsh completion for " + program.name + ", generated from its options\n";
    if (!program.commands.empty()) out += command_functions(program);
    out += "_arguments -s -S \\\n";
    for (const Word& word : program.options) out += "    " + specification(word) + " \\\n";
    if (program.commands.empty()) return out + "    " + operands(program) + '\n';
    return out + "    '1: :_" + program.name + "_commands' '2: :_" + program.name + "_argument'\n";
}

}  // namespace filesrv::completions
