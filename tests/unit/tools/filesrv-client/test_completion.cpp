// SPDX-License-Identifier: MIT
#include "tools/filesrv-client/completion.hpp"

#include <doctest/doctest.h>

using namespace filesrv::client;

namespace {

const std::vector<NameThere> there = {{"notes.txt", false}, {"note book", true}, {"photo 1.jpg", false}, {"photo 2.jpg", false},
                                      {".hidden", false},   {"it's", false},     {"größe", false},       {"grün", false},
                                      {"bad\xFFname", false}};

/// The line after TAB; unchanged where nothing is known.
std::string after_tab(const std::string& line) {
    const CompletionPoint point = completion_point(line);
    if (point.names == Names::nothing) return line;
    const Completion completion =
        point.names == Names::verb ? complete(point, verb_names(point.typed)) : complete(point, there);
    return completion.replacement.empty() ? line : line.substr(0, point.begin) + completion.replacement;
}

}  // namespace

TEST_CASE("what stands at the cursor is sought where its verb says") {
    struct Row {
        std::string_view line;
        Names names;
        std::size_t begin;
        std::string_view folder, typed;
    };
    static constexpr Row rows[] = {
        {"", Names::verb, 0, "", ""},
        {"ge", Names::verb, 0, "", "ge"},
        {"GET ", Names::remote, 4, "", ""},
        {"get server/ph", Names::remote, 4, "server/", "ph"},
        {"GET a ", Names::saved, 6, "", ""},
        {"GET a b ", Names::nothing, 8, "", ""},
        {"POST ../x/y", Names::local, 5, "../x/", "y"},
        {"PUT 'a b' c/", Names::remote, 10, "c/", ""},
        {"LS a", Names::remote, 3, "", "a"},
        {"HEAD 'a b/c d", Names::remote, 5, "a b/", "c d"},
        {"HELP p", Names::verb, 5, "", "p"},
        {"QUIT ", Names::nothing, 5, "", ""},
        {"what ", Names::nothing, 5, "", ""},
        {"GET a\\", Names::nothing, 4, "", "a"},
    };
    for (const Row& row : rows) {
        CAPTURE(row.line);
        const CompletionPoint point = completion_point(row.line);
        CHECK(point.names == row.names);
        CHECK(point.begin == row.begin);
        CHECK(point.folder == row.folder);
        CHECK(point.typed == row.typed);
    }
}

TEST_CASE("one name is written whole, of several what they share, in the way that was begun") {
    struct Row {
        std::string_view line, after;
    };
    static constexpr Row rows[] = {
        {"g", "get "}, {"GE", "GET "}, {"P", "P"}, {"p", "p"}, {"pO", "pOst "}, {"x", "x"}, {"HELP q", "HELP quit "},
        {"GET notes", "GET notes.txt "},
        {"GET note", "GET note"},
        {"GET 'note ", "GET 'note book/"},
        {"GET note\\ ", "GET note\\ book/"},
        {"GET ph", "GET photo\\ "},
        {"GET 'ph", "GET 'photo "},
        {"GET \"photo 1", "GET \"photo 1.jpg\" "},
        {"GET 'photo 1", "GET 'photo 1.jpg' "},
        {"POST 'sub dir'/not", "POST 'sub dir/note"},
        {"POST sub/dir/notes", "POST sub/dir/notes.txt "},
        {"GET i", "GET it\\'s "},
        {"GET 'i", "GET it\\'s "},
        {"GET \"i", "GET \"it's\" "},
        {"GET gr", "GET gr"},  // ö and ü share their first byte, which is no character
        {"GET b", "GET bad\\xFFname "},
        {"GET 'b", "GET bad\\xFFname "},
        {"GET .", "GET .hidden "},
        {"GET z", "GET z"},
    };
    for (const Row& row : rows) {
        CAPTURE(row.line);
        CHECK(after_tab(std::string(row.line)) == row.after);
    }
}

TEST_CASE("several are offered as a terminal may show them, and hidden ones only when asked for") {
    const auto offered = [](std::string_view line) { return complete(completion_point(line), there).choices; };
    CHECK(offered("GET note") == std::vector<std::string>{"note book/", "notes.txt"});
    CHECK(offered("GET notes").empty());
    const auto all = offered("GET ");
    CHECK(all.size() == there.size() - 1);
    CHECK(all[0] == "bad\\xFFname");
}

TEST_CASE("choices stand in columns that fit, and a thousand are cut") {
    const std::vector<std::string> choices = {"a", "bb", "ccc", "d", "e"};
    CHECK(choices_text(choices, 80) == "a    bb   ccc  d    e\n");
    CHECK(choices_text(choices, 13) == "a    ccc  e\nbb   d\n");
    CHECK(choices_text(choices, 2) == "a\nbb\nccc\nd\ne\n");
    const std::string many = choices_text(std::vector<std::string>(1000, "name"), 80);
    CHECK(many.ends_with("… and 800 more\n"));
}
