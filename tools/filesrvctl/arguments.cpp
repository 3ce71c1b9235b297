// SPDX-License-Identifier: MIT
// The command line, by CLI11: every row of the tables becomes an option or a subcommand.
#include "tools/filesrvctl/arguments.hpp"

#include <algorithm>
#include <iterator>
#include <utility>
#include <vector>

#include <CLI/CLI.hpp>

#include "base/assert.hpp"
#include "base/numbers.hpp"
#include "base/nearest.hpp"
#include "base/option_words.hpp"
#include "config/values.hpp"
#include "tools/filesrvctl/exit_status.hpp"

namespace filesrv::ctl {
namespace {

constexpr const char* watch_fallback = "2";

/// What was written, before it is known to make sense.
struct Written {
    Arguments arguments;
    bool help = false;
    bool version = false;
    std::string watch;
};

[[noreturn]] void usage(const std::string& line) { throw Failure(Exit::usage, line); }

template <class Row, std::size_t count>
std::vector<std::string_view> names_of(const Row (&table)[count]) {
    std::vector<std::string_view> names;
    for (const Row& row : table) names.push_back(row.name);
    return names;
}

/// What CLI11 could not place: a command or an option that we do not have, or one word too many.
[[noreturn]] void refuse(const std::string& word, bool has_command) {
    if (word.starts_with('-')) usage(unknown_option(word, names_of(option_table)));
    if (has_command) usage("unexpected argument '" + word + "'");
    if (word == "help") usage("unknown command 'help'; filesrvctl --help lists them");
    usage("unknown command '" + word + "'; the nearest known one is " + std::string(nearest(word, names_of(command_table))));
}

void declare_options(CLI::App& app, Written& written) {
    const auto read_socket = [&written](const std::string& path) {
        if (path.empty()) usage("--socket: must not be empty");
        written.arguments.socket = path;
    };
    app.add_option_function<std::string>("--socket", read_socket)->take_last();
    app.add_flag("--json", written.arguments.json);
    // A flag with a value of its own: `--watch 5` would take a command for the seconds.
    app.add_flag(std::string("--watch{") + watch_fallback + '}', written.watch)->take_last();
    app.add_flag("--no-wait", written.arguments.no_wait);
    app.add_flag("--help", written.help);
    app.add_flag("--version", written.version);
}

void declare_commands(CLI::App& app, Written& written) {
    for (const CommandSpec& spec : command_table) {
        CLI::App* command = app.add_subcommand(std::string(spec.name));
        command->set_help_flag();
        command->fallthrough();  // an option may stand behind the command as well
        command->allow_extras();
        command->callback([&written, &spec] { written.arguments.command = spec.command; });
        if (!spec.argument.empty()) command->add_option(std::string(spec.argument), written.arguments.argument)->required();
    }
}

void check_watch(Written& written) {
    if (written.watch.empty()) return;
    if (written.arguments.command != Command::status) usage("--watch goes with status");
    const auto seconds = parse_seconds(written.watch);
    if (!seconds || *seconds < std::chrono::milliseconds(100)) usage("--watch: '" + written.watch + "' is no number of seconds from 0.1 on");
    written.arguments.watch = *seconds;
}

void check_no_wait(const Arguments& arguments) {
    switch (arguments.command) {
        case Command::reload:
        case Command::drain:
        case Command::stop:
        case Command::upgrade: return;
        case Command::status: case Command::top: case Command::connections: case Command::transfers: case Command::metrics:
        case Command::log_level: case Command::kick: case Command::ping: case Command::doctor: case Command::version: case Command::help:
        case Command::own_version:
            if (arguments.no_wait) usage("--no-wait goes with reload, drain, stop and upgrade");
            return;
    }
    FS_UNREACHABLE("a command of no kind");
}

/// One word, else the protocol's line would have two: it separates words by blanks.
void check_argument(const Arguments& arguments) {
    if (arguments.argument.find_first_of(" \t\r\n") != std::string::npos)
        usage(std::string(spec_of(arguments.command).argument) + ": '" + arguments.argument + "' is not one word");
    if (arguments.command == Command::kick && !parse_decimal(arguments.argument))
        usage("kick: '" + arguments.argument + "' is no ID; filesrvctl connections lists them");
    if (arguments.command != Command::log_level) return;
    if (const auto level = config::parse_log_level(arguments.argument); !level) usage("log-level: " + level.error());
}

}  // namespace

const CommandSpec& spec_of(Command command) {
    const auto found = std::ranges::find(command_table, command, &CommandSpec::command);
    FS_ASSERT(found != std::end(command_table));
    return *found;
}

Arguments parse_arguments(std::span<const char* const> words) {
    Written written;
    CLI::App app;
    app.set_help_flag();
    app.allow_extras();
    declare_options(app, written);
    declare_commands(app, written);

    try {
        app.parse(reversed_words(words));
    } catch (const CLI::RequiredError&) {
        // Its callback has not run: only the name says which it is.
        const std::string name = app.get_subcommands().front()->get_name();
        const auto spec = std::ranges::find(command_table, name, &CommandSpec::name);
        FS_ASSERT(spec != std::end(command_table));
        if (!written.help) usage(name + " needs its " + std::string(spec->argument));
    } catch (const CLI::ArgumentMismatch& error) {
        const std::string text = error.what();
        usage(text.substr(0, text.find(':')) + " needs a value");
    } catch (const CLI::ParseError& error) {
        usage(error.what());
    }
    const auto chosen = app.get_subcommands();
    if (written.help || written.version) {
        written.arguments.command = written.help ? Command::help : Command::own_version;
        return written.arguments;
    }
    if (const auto extras = app.remaining(true); !extras.empty()) refuse(extras.front(), !chosen.empty());
    if (chosen.empty()) usage("which command? filesrvctl status, for one; filesrvctl --help lists them");
    if (chosen.size() > 1) usage("one command at a time: " + chosen[0]->get_name() + " or " + chosen[1]->get_name());
    check_watch(written);
    check_no_wait(written.arguments);
    check_argument(written.arguments);
    return written.arguments;
}

}  // namespace filesrv::ctl
