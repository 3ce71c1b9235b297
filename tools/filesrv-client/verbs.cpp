// SPDX-License-Identifier: MIT
// The verbs of the prompt.
#include "tools/filesrv-client/verbs.hpp"

#include <algorithm>
#include <array>
#include <vector>

#include "base/assert.hpp"
#include "base/nearest.hpp"
#include "config/values.hpp"
#include "tools/filesrv-client/line_words.hpp"

namespace filesrv::client {
namespace {

constexpr VerbSpec table[] = {
    {.verb = PromptVerb::get,
     .name = "GET",
     .arguments = "PATH [LOCAL-NAME]",
     .summary = "fetch a file of the server",
     .details = "Saves under the file's own name in the current folder (or that of --output),\n"
                "or as LOCAL-NAME; if that is a folder, in it. What is not complete is called\n"
                "NAME.part, and the same GET goes on where it ended.",
     .takes = {Names::remote, Names::saved},
     .needed = 1},
    {.verb = PromptVerb::post,
     .name = "POST",
     .arguments = "FILE [REMOTE-NAME]",
     .summary = "send a file to the server",
     .details = "Sends the local FILE to the same path on the server, or as REMOTE-NAME; if\n"
                "that ends in a slash, into that folder. Missing folders are made, a file that\n"
                "is there is replaced.",
     .takes = {Names::local, Names::remote},
     .needed = 1},
    {.verb = PromptVerb::put,
     .name = "PUT",
     .arguments = "FILE [REMOTE-NAME]",
     .summary = "the same, by HTTP's PUT",
     .details = "Like POST. Other servers may know only one of the two.",
     .takes = {Names::local, Names::remote},
     .needed = 1},
    {.verb = PromptVerb::remove,
     .name = "DELETE",
     .arguments = "PATH",
     .summary = "remove a file of the server",
     .details = "At once, without a question. Servers mostly refuse; filesrvd does unless it\n"
                "runs with --allow-delete.",
     .takes = {Names::remote, Names::nothing},
     .needed = 1},
    {.verb = PromptVerb::head,
     .name = "HEAD",
     .arguments = "PATH",
     .summary = "show what the server says about a file",
     .details = "Prints the fields of the answer: size, date, type, entity tag.",
     .takes = {Names::remote, Names::nothing},
     .needed = 1},
    {.verb = PromptVerb::ls,
     .name = "LS",
     .arguments = "[FOLDER]",
     .summary = "list a folder of the server",
     .details = "Sizes, times (UTC) and names; folders end in a slash. Without FOLDER the\n"
                "server's root.",
     .takes = {Names::remote, Names::nothing},
     .needed = 0},
    {.verb = PromptVerb::help,
     .name = "HELP",
     .arguments = "[VERB]",
     .summary = "explain the verbs, or one",
     .details = "Names with blanks are written \"a b\", 'a b' or a\\ b; TAB completes verbs and\n"
                "names.",
     .takes = {Names::verb, Names::nothing},
     .needed = 0},
    {.verb = PromptVerb::quit,
     .name = "QUIT",
     .arguments = "",
     .summary = "leave",
     .details = "So does Ctrl-D. Ctrl-C stops a transfer and keeps the prompt.",
     .takes = {Names::nothing, Names::nothing},
     .needed = 0},
};

char upper(char c) noexcept { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c; }

bool is_same_word(std::string_view a, std::string_view b) noexcept {
    return std::ranges::equal(a, b, [](char x, char y) { return upper(x) == upper(y); });
}

std::string unknown(std::string_view word) {
    std::array<std::string_view, std::size(table)> names;
    std::ranges::transform(table, names.begin(), &VerbSpec::name);
    std::string capitals(word);
    std::ranges::transform(capitals, capitals.begin(), upper);
    const std::string there = "there is no verb " + config::in_quotes(word);
    const std::string_view likely = nearest(capitals, names);
    const bool alike = edit_distance(capitals, likely) < likely.size();
    return alike ? there + "; did you mean " + std::string(likely) + '?' : there + "; HELP tells which there are";
}

std::string usage(const VerbSpec& spec) {
    std::string text(spec.name);
    if (!spec.arguments.empty()) text.append(" ").append(spec.arguments);
    return text;
}

std::size_t most_arguments(const VerbSpec& spec) noexcept {
    return static_cast<std::size_t>(std::ranges::count_if(spec.takes, [](Names n) { return n != Names::nothing; }));
}

std::expected<Command, std::string> command_of(const VerbSpec& spec, std::vector<std::string>& words) {
    const std::size_t given = words.size() - 1;
    if (given < spec.needed) return std::unexpected(usage(spec) + ": a name is missing");
    if (given > most_arguments(spec))
        return std::unexpected(usage(spec) + ": " + config::in_quotes(words[most_arguments(spec) + 1]) +
                               " is one word too many; names with blanks need quotes");
    for (std::size_t i = 1; i < words.size(); ++i)
        if (words[i].empty()) return std::unexpected(usage(spec) + ": a name is empty");
    if (spec.verb == PromptVerb::help && given == 1 && find_verb(words[1]) == nullptr) return std::unexpected(unknown(words[1]));
    words.resize(3);
    return Command{.verb = spec.verb, .first = std::move(words[1]), .second = std::move(words[2])};
}

}  // namespace

std::span<const VerbSpec> verb_table() noexcept { return table; }

const VerbSpec& spec_of(PromptVerb verb) noexcept {
    const auto found = std::ranges::find(table, verb, &VerbSpec::verb);
    FS_ASSERT(found != std::end(table));
    return *found;
}

const VerbSpec* find_verb(std::string_view name) noexcept {
    if (is_same_word(name, "EXIT")) return &spec_of(PromptVerb::quit);
    const auto found = std::ranges::find_if(table, [name](const VerbSpec& spec) { return is_same_word(spec.name, name); });
    return found == std::end(table) ? nullptr : &*found;
}

std::expected<std::optional<Command>, std::string> parse_command(std::string_view line) {
    auto words = whole_words(line);
    if (!words) return std::unexpected(words.error());
    if (words->empty()) return std::nullopt;
    const VerbSpec* spec = find_verb(words->front());
    if (spec == nullptr) return std::unexpected(unknown(words->front()));
    return command_of(*spec, *words);
}

std::string help_of_all() {
    constexpr std::size_t column = 27;
    std::string out;
    for (const VerbSpec& spec : table) {
        const std::string left = "  " + usage(spec);
        FS_ASSERT(left.size() + 2 <= column);
        out.append(left).append(column - left.size(), ' ').append(spec.summary).append("\n");
    }
    return out + "HELP VERB tells more.\n" + std::string(spec_of(PromptVerb::help).details) + '\n';
}

std::string help_of(const VerbSpec& spec) {
    std::string out = usage(spec);
    return out.append(": ").append(spec.summary).append(".\n").append(spec.details).append("\n");
}

}  // namespace filesrv::client
