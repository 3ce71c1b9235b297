// SPDX-License-Identifier: MIT
// Tables of text: columns as wide as what is in them, some of which give way when the screen is narrow. Pure.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "tools/filesrvctl/style.hpp"

namespace filesrv::ctl {

enum class Align : bool { left, right };

struct Column {
    std::string_view title;
    Align align = Align::left;
    /// How narrow it may become when the table is too wide; 0 = never narrower than what is in it.
    std::size_t least = 0;
    std::size_t goes = 0;  ///< left out when the table is too wide all the same: 1 is the first to go; 0 = stays
};

struct Cell {
    std::string text;
    Colour colour = Colour::plain;
    std::size_t kept_end = 0;  ///< bytes at its end that stay when it is cut
};

class Table {
public:
    explicit Table(std::vector<Column> columns);

    /// As many cells as there are columns.
    void add(std::vector<Cell> row);

    /// A line for the titles and one for each row, none wider than `columns` (0 = as wide as it is).
    [[nodiscard]] std::vector<std::string> lines(std::size_t columns, Style style) const;

private:
    struct Layout {
        std::vector<std::size_t> widths;  ///< 0 = left out
        std::size_t gap = 2;              ///< blanks between columns
    };
    [[nodiscard]] Layout lay_out(std::size_t columns) const;

    std::vector<Column> columns_;
    std::vector<std::vector<Cell>> rows_;
};

}  // namespace filesrv::ctl
