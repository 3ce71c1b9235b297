// SPDX-License-Identifier: MIT
// The manual and --help name every option with its value, the manual every verb of the prompt; and none invents one.
#include <algorithm>
#include <array>
#include <fstream>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "tools/filesrv-client/option_table.hpp"
#include "tools/filesrv-client/options.hpp"
#include "tools/filesrv-client/verbs.hpp"

using namespace filesrv::client;

namespace {

/// The items of one section of the manual, as words: macros and the blanks around them gone.
std::vector<std::string> items_of(std::string_view section) {
    std::ifstream manual(MANUAL);
    REQUIRE(manual.is_open());
    std::vector<std::string> items;
    bool inside = false;
    for (std::string line; std::getline(manual, line);) {
        if (line.starts_with(".Sh ")) inside = line.substr(4) == section;
        if (inside && line.starts_with(".It ")) items.push_back(line.substr(4));
    }
    return items;
}

/// `-b , --batch FILE` of `Fl b , -batch Ar FILE`; of two flags in a line each.
std::set<std::string> manual_options() {
    std::set<std::string> options;
    for (const std::string& item : items_of("OPTIONS")) {
        std::istringstream words(item);
        std::string option;
        for (std::string word; words >> word;) {
            if (word == ",") {
                if (option.starts_with("--")) options.insert(std::exchange(option, {}));
            } else if (word != "Fl" && word != "Ar" && word != "Cm") {
                // mdoc(7): `Fl b , -batch` prints `-b, --batch`.
                const bool names = option.empty() || (option.size() == 2 && word.starts_with('-'));
                option += option.empty() ? "-" + word : names ? ", -" + word : word == "|" || option.ends_with('|') ? word : ' ' + word;
            }
        }
        options.insert(option);
    }
    return options;
}

std::string written(const OptionSpec& spec) {
    std::string text = spec.letter == 0 ? "" : std::string{'-', spec.letter, ',', ' '};
    text.append("--").append(spec.name);
    return spec.value.empty() ? text : text.append(" ").append(spec.value);
}

}  // namespace

TEST_CASE("the manual's options are those of the table, with the same values") {
    std::set<std::string> expected;
    for (const OptionSpec& spec : option_table) expected.insert(written(spec));
    const auto options = manual_options();
    for (const auto& words : expected) CHECK_MESSAGE(options.contains(words), "the manual lacks ", words);
    for (const auto& words : options) CHECK_MESSAGE(expected.contains(words), "the manual invents ", words);
}

TEST_CASE("--help shows the options of the table in its order, and no other") {
    const std::array<const char*, 1> words{"--help"};
    std::istringstream help(parse_options(words).information);
    std::vector<std::string> shown;
    for (std::string line; std::getline(help, line);)
        if (line.starts_with("  -")) shown.push_back(line);
    REQUIRE(shown.size() == std::size(option_table));
    for (std::size_t i = 0; i < shown.size(); ++i) {
        std::string names = written(option_table[i]);
        if (option_table[i].letter != 0) names.erase(names.find(' '), 1);
        CAPTURE(shown[i]);
        CHECK(shown[i].starts_with("  " + names + ' '));
        CHECK(shown[i].ends_with("  " + std::string(option_table[i].help)));
    }
}

TEST_CASE("the manual's verbs of the prompt are those of HELP, with the same arguments") {
    std::vector<std::string> expected;
    for (const VerbSpec& spec : verb_table()) {
        std::string item = "Ic " + std::string(spec.name);
        std::string arguments(spec.arguments);
        if (arguments.starts_with('[')) item += " Op Ar " + arguments.substr(1, arguments.size() - 2);
        else if (!arguments.empty()) item += " Ar " + arguments;
        if (const auto optional = item.find(" ["); optional != std::string::npos) {
            item.replace(optional, 2, " Op Ar ");
            item.pop_back();
        }
        expected.push_back(item);
    }
    CHECK(items_of("PROMPT") == expected);
}
