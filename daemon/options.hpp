// SPDX-License-Identifier: MIT
// The command line: what to do, which file to read, and what wins over it.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "config/config.hpp"
#include "config/options.hpp"

namespace filesrv::daemon {

enum class Action { serve, check_config, help, version };

/// One option given on the command line.
struct Setting {
    const config::OptionSpec* option;
    std::string text;
};

/// The command line, kept whole so that a reload can apply it over the file again.
struct CommandLine {
    Action action = Action::serve;
    std::optional<std::string> config_file;
    std::vector<Setting> settings;
};

/// Parses the words after the program's name. Throws StartupError (2) that names the option and the nearest known one.
[[nodiscard]] CommandLine parse_command_line(std::span<const char* const> words);

/// Reads the file if there is one, applies the command line over it, and checks the whole. Throws StartupError (2), or
/// (1) when the file cannot be read.
[[nodiscard]] config::Config load_config(const CommandLine& line);

/// The text of --help.
[[nodiscard]] std::string help_text();

}  // namespace filesrv::daemon
