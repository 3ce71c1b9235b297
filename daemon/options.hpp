// SPDX-License-Identifier: MIT
// The command line: what to do, which file to read, and what wins over it.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "config/config.hpp"
#include "config/options.hpp"

namespace filesrv::daemon {

enum class Action { serve, check_config, help, version };

/// One option given on the command line.
struct Setting {
    const config::OptionSpec* option;
    std::string text;  ///< a flag's is "true" or "false"
};

/// The command line, kept whole so that a reload can apply it over the file again.
struct CommandLine {
    Action action = Action::serve;
    std::optional<std::string> config_file;
    std::vector<Setting> settings;
};

/// An option that no configuration file can hold.
struct CommandOnly {
    char letter;
    std::string_view name;
    std::string_view value;  ///< empty for one that only chooses what to do
    Action action;
    std::string_view help;
};

inline constexpr CommandOnly command_only_options[] = {
    {'c', "config", "FILE", Action::serve,
     "read the options from this TOML file; the command line wins over it"},
    {'t', "check-config", "", Action::check_config,
     "parse all, open the root, print the effective configuration and exit"},
    {0, "help", "", Action::help, "print this and exit"},
    {0, "version", "", Action::version, "print the version and exit"},
};

/// Parses the words after the program's name. Throws StartupError (2) that names the option and the nearest
/// known one.
[[nodiscard]] CommandLine parse_command_line(std::span<const char* const> words);

/// Reads the file if there is one, applies the command line over it, checks the whole. Throws StartupError (2).
[[nodiscard]] config::Config load_config(const CommandLine& line);

/// The text of --help.
[[nodiscard]] std::string help_text();

}  // namespace filesrv::daemon
