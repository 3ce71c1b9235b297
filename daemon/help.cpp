// SPDX-License-Identifier: MIT
// The text of --help, drawn from the same tables as the parser.
#include <algorithm>

#include "base/assert.hpp"
#include "daemon/options.hpp"

namespace filesrv::daemon {
namespace {

constexpr std::size_t help_column = 30;
constexpr std::size_t width = 100;

/// `  -r, --root DIR`
std::string left_side(char letter, std::string_view name, std::string_view value) {
    std::string text = letter == 0 ? "      " : std::string("  -") + letter + ", ";
    text.append("--").append(name);
    if (!value.empty()) text.append(" ").append(value);
    return text;
}

/// Appends `words` from help_column on, broken at blanks before `width`.
void append_wrapped(std::string& out, std::string_view words) {
    FS_ASSERT(!words.empty());
    constexpr std::size_t room = width - help_column;
    while (words.size() > room) {
        std::size_t cut = words.rfind(' ', room);
        if (cut == std::string_view::npos || cut == 0)
            cut = std::min(words.find(' ', room), words.size() - 1);
        out.append(words.substr(0, cut)).append("\n").append(help_column, ' ');
        words.remove_prefix(cut + 1);
    }
    out.append(words).append("\n");
}

void append_option(std::string& out, const std::string& left, std::string_view help) {
    out += left;
    if (left.size() + 2 > help_column) out += '\n';
    out.append(left.size() + 2 > help_column ? help_column : help_column - left.size(), ' ');
    append_wrapped(out, help);
}

}  // namespace

std::string help_text() {
    std::string out =
        "filesrvd [OPTION...] [PORT]\n"
        "Serves the current folder on http://localhost:8080/, or on PORT, and takes uploads.\n\n";
    for (const config::OptionSpec& option : config::option_table())
        append_option(out, left_side(option.letter, option.name, option.value),
                      std::string(option.help) + " (default: " + std::string(option.fallback) + ')');
    for (const CommandOnly& option : command_only_options)
        append_option(out, left_side(option.letter, option.name, option.value), option.help);
    out +=
        "\nSEC may have a fraction (0.5), SIZE may end in K, M, G or T, =false switches a flag off again.\n"
        "Exit status: 0 asked to stop or idle, 1 could not run, 2 wrong usage or configuration.\n";
    return out;
}

}  // namespace filesrv::daemon
