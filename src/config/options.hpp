// SPDX-License-Identifier: MIT
// The one table of options, read by command line, configuration file, --help and the manual's test.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "config/config.hpp"
#include "config/values.hpp"

namespace filesrv::config {

/// What kind of value an option takes: decides its natural types in a configuration file.
enum class ValueKind : std::uint8_t {
    flag,     ///< no value on the command line; a boolean in the file
    text,     ///< a string
    number,   ///< an integer
    size,     ///< an integer of bytes, or a string such as "64M"
    seconds,  ///< an integer, a float, or a string
    list,     ///< repeatable; an array of strings, or one string
};

/// One option. All text is for people and lives forever.
struct OptionSpec {
    char letter;                ///< short name, or 0
    std::string_view name;      ///< long name without dashes
    std::string_view key;       ///< key in the configuration file
    std::string_view value;     ///< name of its value in --help; empty for a flag
    ValueKind kind;
    std::string_view fallback;  ///< the default, for people
    std::string_view help;
    /// Parses `text` ("true" or "false" for a flag) into the configuration. A list is appended to. The error
    /// says what was expected and quotes `text`, without the option's name.
    Parsed<void> (*set)(Config&, std::string_view text);
    /// The value as TOML; empty where it is unset and decided at start.
    std::string (*show)(const Config&);
    /// Empties a list so that a later source replaces an earlier one; null for all others.
    void (*clear)(Config&);
};

/// Every option that has a key, in the order of the manual.
[[nodiscard]] std::span<const OptionSpec> option_table() noexcept;

/// The whole configuration as TOML, one option a line, loadable again. Unset options are comments.
[[nodiscard]] std::string to_toml(const Config& config);

}  // namespace filesrv::config
