// SPDX-License-Identifier: MIT
// The option tables as a shell needs them.
#include "words.hpp"

#include <algorithm>
#include <utility>

#include "base/assert.hpp"
#include "config/options.hpp"
#include "config/values.hpp"
#include "daemon/options.hpp"
#include "tools/filesrv-client/option_table.hpp"
#include "tools/filesrvctl/arguments.hpp"

namespace filesrv::completions {
namespace {

/// `off|common|json[:PATH]` as its words.
std::vector<std::string> alternatives(std::string_view value) {
    value = value.substr(0, value.find('['));
    std::vector<std::string> words;
    for (std::size_t at = 0; at <= value.size();) {
        const std::size_t end = std::min(value.find('|', at), value.size());
        words.emplace_back(value.substr(at, end - at));
        at = end + 1;
    }
    return words;
}

std::vector<std::string> log_levels() {
    std::vector<std::string> words;
    for (const auto level :
         {LogLevel::trace, LogLevel::debug, LogLevel::info, LogLevel::warning, LogLevel::error})
        words.push_back(config::to_text(level));
    return words;
}

/// The name of a value says what it is.
Offer offer_for(std::string_view name, std::string_view value) {
    if (value.empty()) return Offer::no_value;
    if (value == "DIR") return Offer::folders;
    if (value == "FILE" || value == "PATH") return Offer::files;
    if (value == "LEVEL" || value.find('|') != value.npos) return Offer::words;
    return name == "user" ? Offer::users : Offer::nothing;
}

Word word_of(char letter, std::string_view name, std::string_view value, std::string_view help, bool repeatable) {
    FS_ASSERT(!name.empty() && !help.empty());
    Word word{letter, name, value, help, offer_for(name, value), {}, repeatable};
    if (value == "LEVEL") word.words = log_levels();
    else if (word.offer == Offer::words) word.words = alternatives(value);
    return word;
}

}  // namespace

std::string joined(const std::vector<std::string>& words) {
    std::string text;
    for (const std::string& word : words) text += (text.empty() ? "" : " ") + word;
    return text;
}

Program daemon_program() {
    std::vector<Word> words;
    for (const auto& option : config::option_table())
        words.push_back(word_of(option.letter, option.name, option.value, option.help,
                                option.kind == config::ValueKind::list));
    for (const auto& option : daemon::command_only_options)
        words.push_back(word_of(option.letter, option.name, option.value, option.help, false));
    return {.name = "filesrvd", .options = std::move(words), .commands = {}, .operands = {"PORT"}};
}

Program ctl_program() {
    Program program{.name = "filesrvctl", .options = {}, .commands = {}, .operands = {}};
    for (const auto& option : ctl::option_table) {
        // A value that may be left out stands behind a `=`: no word of its own follows.
        const auto value = option.value.starts_with('[') ? std::string_view() : option.value;
        program.options.push_back(word_of(0, option.name, value, option.help, false));
    }
    for (const auto& command : ctl::command_table)
        program.commands.push_back({command.name, command.help, command.argument == "LEVEL" ? log_levels() : std::vector<std::string>()});
    return program;
}

Program client_program() {
    Program program{.name = "filesrv-client", .options = {}, .commands = {}, .operands = {"HOST", "PORT"}};
    for (const auto& option : client::option_table) program.options.push_back(word_of(option.letter, option.name, option.value, option.help, false));
    return program;
}

}  // namespace filesrv::completions
