// SPDX-License-Identifier: MIT
#include "tools/filesrv-client/verbs.hpp"

#include <doctest/doctest.h>

using namespace filesrv::client;

TEST_CASE("verbs are taken in any case, with the arguments that they have") {
    struct Row {
        std::string_view line;
        PromptVerb verb;
        std::string_view first, second;
    };
    static constexpr Row rows[] = {
        {"GET server/photo.jpg", PromptVerb::get, "server/photo.jpg", ""},
        {"get server/photo.jpg mine.jpg", PromptVerb::get, "server/photo.jpg", "mine.jpg"},
        {" Post client/notes.txt", PromptVerb::post, "client/notes.txt", ""},
        {"pUT 'a b' \"c d\"", PromptVerb::put, "a b", "c d"},
        {"delete x", PromptVerb::remove, "x", ""},
        {"HEAD x", PromptVerb::head, "x", ""},
        {"ls", PromptVerb::ls, "", ""},
        {"LS folder/", PromptVerb::ls, "folder/", ""},
        {"help", PromptVerb::help, "", ""},
        {"HELP get", PromptVerb::help, "get", ""},
        {"quit", PromptVerb::quit, "", ""},
        {"exit", PromptVerb::quit, "", ""},
    };
    for (const Row& row : rows) {
        CAPTURE(row.line);
        const auto command = parse_command(row.line);
        REQUIRE(command.has_value());
        REQUIRE(command->has_value());
        CHECK((*command)->verb == row.verb);
        CHECK((*command)->first == row.first);
        CHECK((*command)->second == row.second);
    }
}

TEST_CASE("an empty line and a comment ask for nothing") {
    for (const std::string_view line : {"", "   ", "\t", "# GET a", "  #"}) {
        const auto command = parse_command(line);
        REQUIRE(command.has_value());
        CHECK_FALSE(command->has_value());
    }
}

TEST_CASE("an error names the word that is wrong and what would be right") {
    struct Row {
        std::string_view line, error;
    };
    static constexpr Row rows[] = {
        {"GTE a", "there is no verb 'GTE'; did you mean GET?"},
        {"lst", "there is no verb 'lst'; did you mean LS?"},
        {"\x1b[2J", "there is no verb '\\x1B[2J'; HELP tells which there are"},
        {"''", "there is no verb ''; HELP tells which there are"},
        {"dir", "there is no verb 'dir'; HELP tells which there are"},
        {"?", "there is no verb '?'; HELP tells which there are"},
        {"get", "GET PATH [LOCAL-NAME]: a name is missing"},
        {"POST a b c", "POST FILE [REMOTE-NAME]: 'c' is one word too many; names with blanks need quotes"},
        {"DELETE", "DELETE PATH: a name is missing"},
        {"HEAD a b", "HEAD PATH: 'b' is one word too many; names with blanks need quotes"},
        {"QUIT now", "QUIT: 'now' is one word too many; names with blanks need quotes"},
        {"GET ''", "GET PATH [LOCAL-NAME]: a name is empty"},
        {"HELP gett", "there is no verb 'gett'; did you mean GET?"},
        {"GET 'a", "a ' has no end"},
    };
    for (const Row& row : rows) {
        CAPTURE(row.line);
        const auto command = parse_command(row.line);
        REQUIRE_FALSE(command.has_value());
        CHECK(command.error() == row.error);
    }
}

TEST_CASE("help names every verb, and fits a terminal of eighty columns") {
    std::string all = help_of_all();
    for (const VerbSpec& spec : verb_table()) {
        CAPTURE(spec.name);
        CHECK(all.find("  " + std::string(spec.name)) != std::string::npos);
        CHECK(&spec_of(spec.verb) == &spec);
        all += help_of(spec);
    }
    for (std::size_t at = 0; at < all.size();) {
        const std::size_t end = all.find('\n', at);
        REQUIRE(end != std::string::npos);
        CHECK_MESSAGE(end - at <= 80, all.substr(at, end - at));
        at = end + 1;
    }
}
