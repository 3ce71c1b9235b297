// SPDX-License-Identifier: MIT
// The configuration that a unit's daemon would start with.
#include "tools/filesrvctl/unit_config.hpp"

#include <algorithm>

#include "base/assert.hpp"
#include "config/load_toml.hpp"
#include "config/options.hpp"
#include "os/file.hpp"
#include "os/open.hpp"

namespace filesrv::ctl {
namespace {

constexpr std::size_t config_bytes_max = 1 << 20;

/// The option that a word begins: `--root`, `--root=DIR`, `-r`. Null: none of the table.
const config::OptionSpec* option_at(const std::string& word) {
    for (const config::OptionSpec& option : config::option_table()) {
        const std::string name = "--" + std::string(option.name);
        if (word == name || word.starts_with(name + '=')) return &option;
        if (option.letter != 0 && word == std::string{'-', option.letter}) return &option;
    }
    return nullptr;
}

}  // namespace

void apply_words(const std::vector<std::string>& words, config::Config& config) {
    std::vector<const config::OptionSpec*> cleared;
    for (std::size_t i = 1; i < words.size(); ++i) {
        const config::OptionSpec* option = option_at(words[i]);
        if (option == nullptr) continue;
        FS_ASSERT(option->set != nullptr);
        // A list on the command line replaces the file's, rather than adding to it.
        if (option->clear != nullptr && std::ranges::find(cleared, option) == cleared.end()) {
            option->clear(config);
            cleared.push_back(option);
        }
        const std::size_t equals = words[i].find('=');
        std::string value = "true";
        if (equals != std::string::npos) value = words[i].substr(equals + 1);
        else if (option->kind != config::ValueKind::flag && i + 1 < words.size()) value = words[++i];
        (void)option->set(config, value);
    }
}

UnitConfig read_unit_config(const Instance& instance) {
    const auto words = command_of(instance.service);
    UnitConfig result{.config = {}, .file = option_of(words, "--config"), .file_read = false, .trouble = {}};
    if (result.file.empty()) result.file = option_of(words, "-c");
    if (!result.file.empty()) {
        const auto file = os::open_path(result.file.c_str(), os::OpenMode::read);
        std::string text(config_bytes_max, '\0');
        const auto bytes = file ? os::read_at(file->get(), text, 0) : std::unexpected(file.error());
        if (bytes) {
            text.resize(*bytes);
            result.file_read = true;
            if (const auto applied = config::apply_toml(text, result.file, result.config); !applied) result.trouble = applied.error();
        } else {
            result.trouble = bytes.error().message();
        }
    }
    apply_words(words, result.config);
    return result;
}

}  // namespace filesrv::ctl
