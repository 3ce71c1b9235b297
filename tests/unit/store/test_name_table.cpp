// SPDX-License-Identifier: MIT
#include "store/name_table.hpp"

#include <doctest/doctest.h>

#include <map>
#include <memory>
#include <random>
#include <string>
#include <utility>

using namespace filesrv;
using namespace filesrv::store;

namespace {

struct Member : NameHook {
    explicit Member(std::string its_name) : text(std::move(its_name)) {}
    [[nodiscard]] std::string_view name() const noexcept { return text; }
    std::string text;
};

}  // namespace

TEST_CASE("an empty table of names holds nothing, and looks for nothing") {
    NameTable<Member> table;
    CHECK(table.empty());
    CHECK(table.find("") == nullptr);
    Member nameless("");
    CHECK(table.insert(nameless) == nullptr);
    CHECK(table.find("") == &nameless);
    table.erase(nameless);
    CHECK(table.empty());
    CHECK(table.find("") == nullptr);
}

TEST_CASE("a second member of one name takes the place of the first in the table") {
    NameTable<Member> table;
    Member first("name");
    Member second("name");
    CHECK(table.insert(first) == nullptr);
    CHECK(table.insert(second) == &first);
    CHECK(table.find("name") == &second);
    table.erase(second);
    CHECK(table.empty());
}

TEST_CASE("a table of names finds what a map finds, after any order of insertions and removals") {
    std::mt19937 random(7);
    // Few names fill and empty a small table again and again, so that each search meets others' members and the last place
    // is followed by the first; many make it grow.
    for (const int names : {11, 12, 300, 5000}) {
        NameTable<Member> table;
        std::map<std::string, std::unique_ptr<Member>> model;
        bool same = true;
        for (int step = 0; step < 40 * names; ++step) {
            const std::string name = std::to_string(random() % names);
            std::unique_ptr<Member>& known = model[name];
            same = same && table.find(name) == known.get();
            if (known != nullptr && random() % 2 == 0) {
                table.erase(*known);
                known = nullptr;
                continue;
            }
            auto fresh = std::make_unique<Member>(name);
            same = same && table.insert(*fresh) == known.get();
            known = std::move(fresh);
        }
        std::size_t members = 0;
        for (const auto& [name, known] : model) {
            same = same && table.find(name) == known.get();
            if (known == nullptr) continue;
            ++members;
            table.erase(*known);
            same = same && table.find(name) == nullptr;
        }
        CAPTURE(names);
        CHECK(same);
        CHECK(members > 0);
        CHECK(table.empty());
    }
}
