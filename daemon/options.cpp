// SPDX-License-Identifier: MIT
// The command line, by CLI11: every row of the option table becomes an option.
#include "daemon/options.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <memory>
#include <utility>

#include <CLI/CLI.hpp>

#include "base/assert.hpp"
#include "config/load_toml.hpp"
#include "base/option_words.hpp"
#include "daemon/startup_error.hpp"

namespace filesrv::daemon {
namespace {

constexpr std::size_t config_bytes_max = 1 << 20;

[[noreturn]] void usage(const std::string& line) {
    throw StartupError(exit_usage, line);
}

/// `-r,--root`, as CLI11 wants it.
std::string cli_names(char letter, std::string_view name) {
    const std::string long_name = "--" + std::string(name);
    return letter == 0 ? long_name : std::string{'-', letter, ','} + long_name;
}

/// Declares one row of the table. What is given lands in `line`.
void declare(CLI::App& app, const config::OptionSpec& option, CommandLine& line) {
    const std::string names = cli_names(option.letter, option.name);
    const auto keep = [&line, &option](const std::string& text) { line.settings.push_back({&option, text}); };
    const auto keep_all = [keep](const std::vector<std::string>& texts) {
        for (const std::string& text : texts) keep(text);
    };
    switch (option.kind) {
        case config::ValueKind::flag:
            app.add_flag_function(names, [keep](std::int64_t count) { keep(count > 0 ? "true" : "false"); });
            return;
        case config::ValueKind::list:
            app.add_option_function<std::vector<std::string>>(names, keep_all)
                ->allow_extra_args(false)  // or `--listen :80 8089` would swallow the port
                ->type_name(std::string(option.value));
            return;
        case config::ValueKind::text:
        case config::ValueKind::number:
        case config::ValueKind::size:
        case config::ValueKind::seconds:
            app.add_option_function<std::string>(names, keep)
                ->take_last()
                ->type_name(std::string(option.value));
            return;
    }
    FS_UNREACHABLE("an option of no kind");
}

void declare(CLI::App& app, const CommandOnly& option, CommandLine& line) {
    const std::string names = cli_names(option.letter, option.name);
    const auto choose = [&line, &option] { line.action = option.action; };
    const auto read = [&line](const std::string& path) { line.config_file = path; };
    if (option.value.empty()) app.add_flag_callback(names, choose);
    else app.add_option_function<std::string>(names, read)->take_last();
}

/// Whether `words` may mean the option of this name. CLI11 compares each option with all before it, and they are many: most
/// of the time between exec and the first answer went there.
bool may_be_meant(std::span<const char* const> words, char letter, std::string_view name) {
    if (letter != 0) return true;  // it may stand in a bundle of letters
    return std::any_of(words.begin(), words.end(), [name](std::string_view word) {
        if (!word.starts_with("--")) return false;
        word.remove_prefix(2);
        return word.substr(0, word.find('=')) == name;
    });
}

std::vector<std::string_view> known_names() {
    std::vector<std::string_view> names;
    for (const config::OptionSpec& option : config::option_table()) names.push_back(option.name);
    for (const CommandOnly& option : command_only_options) names.push_back(option.name);
    return names;
}

/// CLI11 takes other words, too, and of those that it does not take it does not say where they stood.
void check_flags(std::span<const char* const> words) {
    for (const std::string_view word : words) {
        const std::size_t equals = word.find('=');
        if (!word.starts_with("--") || equals == std::string_view::npos) continue;
        const std::string_view value = word.substr(equals + 1);
        for (const config::OptionSpec& option : config::option_table())
            if (option.kind == config::ValueKind::flag && option.name == word.substr(2, equals - 2) && value != "true" && value != "false")
                usage(std::string(word.substr(0, equals)) + ": " + config::in_quotes(value) + " is not true or false");
    }
}

/// What CLI11 could not place: an option we do not have, or one word too many.
[[noreturn]] void refuse(const std::string& word) {
    if (!word.starts_with('-'))
        usage("unexpected argument '" + word + "': only PORT stands alone, and only once");
    usage(unknown_option(word, known_names()));
}

bool is_listen(const Setting& setting) noexcept {
    return setting.option->key == "listen";
}

/// PORT is short for --listen localhost:PORT.
void apply_port(const std::string& text, CommandLine& line) {
    const auto port = config::parse_port(text);
    if (!port) usage("PORT: " + port.error());
    if (std::any_of(line.settings.begin(), line.settings.end(), is_listen))
        usage("PORT and --listen exclude each other: write --listen localhost:" + text);
    const auto table = config::option_table();
    const auto listen =
        std::find_if(table.begin(), table.end(), [](const auto& option) { return option.key == "listen"; });
    FS_ASSERT(listen != table.end());
    line.settings.push_back({&*listen, "localhost:" + text});
}

std::string read_config_file(const std::string& path) {
    if (path.empty()) usage("--config: must not be empty");
    const auto cannot = [&path](int error) { usage("cannot read " + path + ": " + std::strerror(error)); };
    const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::fopen(path.c_str(), "re"), &std::fclose);
    if (!file) cannot(errno);
    std::string text(config_bytes_max + 1, '\0');
    text.resize(std::fread(text.data(), 1, text.size(), file.get()));
    if (std::ferror(file.get()) != 0) cannot(errno);
    if (text.size() > config_bytes_max) cannot(EFBIG);
    return text;
}

}  // namespace

CommandLine parse_command_line(std::span<const char* const> words) {
    CommandLine line;
    std::string port;
    CLI::App app;
    app.set_help_flag();
    app.allow_extras();
    for (const config::OptionSpec& option : config::option_table()) {
        if (may_be_meant(words, option.letter, option.name)) declare(app, option, line);
    }
    for (const CommandOnly& option : command_only_options) {
        if (may_be_meant(words, option.letter, option.name)) declare(app, option, line);
    }
    const CLI::Option* const given_port = app.add_option("PORT", port);
    check_flags(words);
    try {
        app.parse(reversed_words(words));
    } catch (const CLI::ArgumentMismatch& error) {
        const std::string text = error.what();
        usage(text.substr(0, text.find(':')) + " needs a value");
    } catch (const CLI::ParseError& error) {
        usage(error.what());
    }
    if (const auto extras = app.remaining(); !extras.empty()) refuse(extras.front());
    if (given_port->count() > 0) apply_port(port, line);
    return line;
}

config::Config load_config(const CommandLine& line) {
    config::Config config;
    if (line.config_file) {
        const auto applied =
            config::apply_toml(read_config_file(*line.config_file), *line.config_file, config);
        if (!applied) usage(applied.error());
    }
    // A list on the command line replaces the file's, rather than adding to it.
    for (const Setting& setting : line.settings)
        if (setting.option->clear) setting.option->clear(config);
    for (const Setting& setting : line.settings)
        if (const auto set = setting.option->set(config, setting.text); !set)
            usage("--" + std::string(setting.option->name) + ": " + set.error());
    if (const auto conflict = config::find_conflict(config))
        usage(line.config_file ? *line.config_file + ": " + *conflict : *conflict);
    return config;
}

}  // namespace filesrv::daemon
