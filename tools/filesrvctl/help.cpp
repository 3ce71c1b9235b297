// SPDX-License-Identifier: MIT
// The text of --help, drawn from the same tables as the parser.
#include <algorithm>

#include "base/assert.hpp"
#include "tools/filesrvctl/arguments.hpp"

namespace filesrv::ctl {
namespace {

constexpr std::size_t help_column = 20;

void append_row(std::string& out, std::string left, std::string_view right, std::size_t column) {
    FS_ASSERT(!right.empty());
    left.resize(std::max(left.size() + 2, column), ' ');
    out.append(left).append(right).append("\n");
}

/// `--watch[=SEC]`, `--socket PATH`
std::string option_text(const OptionSpec& option) {
    std::string text = "--" + std::string(option.name);
    if (!option.value.empty() && !option.value.starts_with('[')) text += ' ';
    return text.append(option.value);
}

}  // namespace

std::string help_text() {
    std::string out =
        "filesrvctl [OPTION...] COMMAND\n"
        "Shows and steers a running filesrvd, and shows a sleeping one without waking it.\n\n"
        "Commands\n";
    for (const CommandSpec& command : command_table) {
        std::string left = "  " + std::string(command.name);
        if (!command.argument.empty()) left.append(" ").append(command.argument);
        append_row(out, left, command.help, help_column);
    }
    out += "\nOptions\n";
    for (const OptionSpec& option : option_table) append_row(out, "  " + option_text(option), option.help, help_column);
    out += "\nExamples\n";
    std::size_t longest = 0;
    for (const Example& example : example_table) longest = std::max(longest, example.line.size());
    for (const Example& example : example_table)
        append_row(out, "  " + std::string(example.line), "# " + std::string(example.why), longest + 4);
    out +=
        "\nExit status: 0 running, or asleep and ready; 1 the daemon refused or failed; 2 wrong usage;\n"
        "3 neither running nor listening; 4 no permission.\n"
        "doctor: 0 nothing is wrong, 1 something is.\n";
    return out;
}

}  // namespace filesrv::ctl
