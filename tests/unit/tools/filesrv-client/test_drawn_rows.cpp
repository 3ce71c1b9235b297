// SPDX-License-Identifier: MIT
// Whether a line may fill the terminal.
#include "tools/filesrv-client/drawn_rows.hpp"

#include <clocale>
#include <string>

#include <doctest/doctest.h>

namespace filesrv::client {
namespace {

constexpr os::WindowSize usual{.columns = 80, .rows = 24};

TEST_CASE("a line may fill the screen when at most two rows of it would be left") {
    CHECK_FALSE(may_fill(L"", 20, usual));
    CHECK_FALSE(may_fill(std::wstring(22 * 80 - 21, L'x'), 20, usual));
    CHECK(may_fill(std::wstring(22 * 80 - 20, L'x'), 20, usual));
    CHECK(may_fill(std::wstring(100'000, L'x'), 20, usual));
    CHECK(may_fill(L"", 22 * 80, usual));
}

TEST_CASE("characters that are not shown as they are count as wide as libedit may show them") {
    const char* const before = std::setlocale(LC_CTYPE, "C.UTF-8");
    REQUIRE(before != nullptr);
    struct Row {
        wchar_t character;
        std::size_t columns;
    };
    for (const Row& row : {Row{L'\t', 8}, Row{L'\n', 80}, Row{L'\x01', 2}, Row{L'\x7f', 8}, Row{L'\x85', 8}, Row{L'ü', 1}, Row{L'日', 3}}) {
        CAPTURE(static_cast<int>(row.character));
        const std::size_t fit = (22 * 80 - 1) / row.columns;
        CHECK_FALSE(may_fill(std::wstring(fit, row.character), 0, usual));
        CHECK(may_fill(std::wstring(fit + 1, row.character), 0, usual));
    }
    (void)std::setlocale(LC_CTYPE, "C");
}

TEST_CASE("the smallest screens are always full") {
    CHECK(may_fill(L"", 0, {.columns = 7, .rows = 24}));
    CHECK_FALSE(may_fill(L"", 0, {.columns = 8, .rows = 24}));
    CHECK(may_fill(L"", 0, {.columns = 80, .rows = 2}));
    CHECK_FALSE(may_fill(L"", 0, {.columns = 80, .rows = 3}));
}

}  // namespace
}  // namespace filesrv::client
