// SPDX-License-Identifier: MIT
// Any bytes as a configuration file, and as the values of options: what is taken can be shown and read again, what is not
// changes nothing and is complained of in one line that a terminal can show.
#include "fuzz.hpp"

#include "base/utf8.hpp"
#include "config/load_toml.hpp"
#include "config/options.hpp"

#include <string>

using namespace filesrv;
using namespace filesrv::config;

namespace {

/// One line of text, and no control character that the input has smuggled in.
bool is_plain_line(std::string_view text) {
    return std::none_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; });
}

/// `f:LINE: what`.
bool names_a_line(std::string_view error) {
    if (!error.starts_with("f:")) return false;
    const std::string_view rest = error.substr(2);
    const std::size_t colon = rest.find(": ");
    return colon != rest.npos && fuzz::all_digits(rest.substr(0, colon)) && rest.substr(0, colon) != "0" && rest.size() > colon + 2;
}

void check_shown(const Config& config) {
    const auto conflict = find_conflict(config);
    if (conflict) FS_ASSERT(is_plain_line(*conflict));
    Config again;
    const auto read = apply_toml(to_toml(config), "shown", again);
    FS_ASSERT(read && again == config);
}

void check_file(std::string_view text) {
    Config config;
    const auto applied = apply_toml(text, "f", config);
    if (applied) return check_shown(config);
    FS_ASSERT(config == Config{});
    FS_ASSERT(names_a_line(applied.error()) && is_plain_line(applied.error()));
}

/// Lines of `NAME VALUE`, as a command line would have them.
void check_options(std::string_view text) {
    Config config;
    for (const std::string_view line : fuzz::split(text, '\n')) {
        const std::size_t space = std::min(line.find(' '), line.size());
        for (const OptionSpec& option : option_table()) {
            if (option.name != line.substr(0, space)) continue;
            const Config before = config;
            const auto set = option.set(config, line.substr(std::min(space + 1, line.size())));
            if (set) continue;
            FS_ASSERT(config == before && is_plain_line(set.error()));
        }
    }
    if (is_utf8(text)) check_shown(config);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    check_file(fuzz::as_text(data, size));
    check_options(fuzz::as_text(data, size));
    return 0;
}
