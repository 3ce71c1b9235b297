// SPDX-License-Identifier: MIT
// The manual of filesrvctl names every command and option with its value, and no other.
#include <fstream>
#include <set>
#include <sstream>
#include <string>

#include <doctest/doctest.h>

#include "tools/filesrvctl/arguments.hpp"

namespace {

/// `.It Cm kick Ar ID` as "kick ID", `.It Fl -watch Ns Op = Ns Ar SEC` as "--watch [=SEC]"; empty for another line.
std::string item_of(const std::string& line) {
    std::istringstream words(line);
    std::string item;
    std::string word;
    bool command = false;
    bool optional = false;
    words >> word;  // .It
    while (words >> word) {
        if (word == "Cm" || word == "Fl") {
            command = true;
        } else if (word == "Op") {
            optional = true;
        } else if (word != "Ns" && word != "Ar" && word != "=") {
            // mdoc(7): `Fl -json` prints two dashes.
            if (item.empty()) item = word.starts_with('-') ? '-' + word : word;
            else item += optional ? " [=" + word + ']' : ' ' + word;
        }
    }
    return command ? item : std::string();
}

std::set<std::string> manual_items() {
    std::ifstream manual(MANUAL);
    REQUIRE(manual.is_open());
    std::set<std::string> items;
    for (std::string line; std::getline(manual, line);)
        if (line.starts_with(".It ")) items.insert(item_of(line));
    items.erase("");
    return items;
}

std::string item(std::string name, std::string_view value) {
    if (!value.empty()) name.append(" ").append(value);
    return name;
}

}  // namespace

TEST_CASE("the manual's commands and options are those of --help, with the same values") {
    std::set<std::string> expected;
    for (const auto& command : filesrv::ctl::command_table) expected.insert(item(std::string(command.name), command.argument));
    for (const auto& option : filesrv::ctl::option_table) expected.insert(item("--" + std::string(option.name), option.value));
    const auto items = manual_items();
    for (const auto& words : expected) CHECK_MESSAGE(items.contains(words), "the manual lacks ", words);
    for (const auto& words : items) CHECK_MESSAGE(expected.contains(words), "the manual invents ", words);
}
