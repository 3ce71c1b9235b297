// SPDX-License-Identifier: MIT
// The manual names every option, and no other.
#include <algorithm>
#include <fstream>
#include <set>
#include <sstream>
#include <string>

#include <doctest/doctest.h>

#include "daemon/options.hpp"

namespace {

/// What follows `.It Fl` on one line, as the words of --help: "-r", "--root", "DIR".
std::vector<std::string> manual_item(const std::string& line) {
    std::istringstream words(line);
    std::vector<std::string> item;
    std::string word;
    std::string macro;
    while (words >> word) {
        if (word == "Fl" || word == "Ar" || word == "," || word == "Ns") {
            macro = word;
        } else if (macro == "Fl") {
            item.push_back('-' + word);  // mdoc(7): `Fl -root` prints two dashes
        } else if (macro == "Ar") {
            item.push_back(word);
        }
    }
    return item;
}

std::set<std::vector<std::string>> manual_items() {
    std::ifstream manual(MANUAL);
    REQUIRE(manual.is_open());
    std::set<std::vector<std::string>> items;
    for (std::string line; std::getline(manual, line);)
        if (line.starts_with(".It Fl")) items.insert(manual_item(line.substr(4)));
    return items;
}

std::vector<std::string> item(char letter, std::string_view name, std::string_view value) {
    std::vector<std::string> words;
    if (letter != 0) words.push_back(std::string{'-', letter});
    words.push_back("--" + std::string(name));
    if (!value.empty()) words.emplace_back(value);
    return words;
}

}  // namespace

TEST_CASE("the manual's options are those of --help, with the same values") {
    std::set<std::vector<std::string>> expected;
    for (const auto& option : filesrv::config::option_table())
        expected.insert(item(option.letter, option.name, option.value));
    for (const auto& option : filesrv::daemon::command_only_options)
        expected.insert(item(option.letter, option.name, option.value));
    const auto items = manual_items();
    for (const auto& words : expected)
        CHECK_MESSAGE(items.contains(words), "the manual lacks ", words.back());
    for (const auto& words : items)
        CHECK_MESSAGE(expected.contains(words), "the manual invents ", words.back());
}
