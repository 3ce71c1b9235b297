// SPDX-License-Identifier: MIT
// Tables of text: columns as wide as what is in them, some of which give way when the screen is narrow.
#include "tools/filesrvctl/table.hpp"

#include <algorithm>

#include "base/assert.hpp"
#include "base/columns.hpp"
#include "tools/filesrvctl/cut.hpp"

namespace filesrv::ctl {
namespace {

/// A cell in its place; blanks at the end of a line are left out by the caller.
void append(std::string& line, const Cell& cell, std::size_t width, Align align, Style style) {
    const std::string text = cut_within(cell.text, width, cell.kept_end);
    const std::size_t blanks = width - columns_of(text);
    if (align == Align::right) line.append(blanks, ' ');
    line += style.paint(cell.colour, text);
    if (align == Align::left) line.append(blanks, ' ');
}

/// Of all columns that are there, with the blanks between them.
std::size_t sum_of(const std::vector<std::size_t>& widths, std::size_t gap) {
    std::size_t sum = 0;
    for (const std::size_t width : widths) sum += width == 0 ? 0 : width + (sum == 0 ? 0 : gap);
    return sum;
}

}  // namespace

Table::Table(std::vector<Column> columns) : columns_(std::move(columns)) { FS_ASSERT(!columns_.empty()); }

void Table::add(std::vector<Cell> row) {
    FS_ASSERT(row.size() == columns_.size());
    rows_.push_back(std::move(row));
}

Table::Layout Table::lay_out(std::size_t columns) const {
    Layout layout;
    std::vector<std::size_t> least;
    for (std::size_t i = 0; i < columns_.size(); ++i) {
        std::size_t most = std::max<std::size_t>(columns_of(columns_[i].title), 1);
        for (const auto& row : rows_) most = std::max(most, columns_of(row[i].text));
        layout.widths.push_back(most);
        least.push_back(columns_[i].least == 0 ? most : std::min(most, columns_[i].least));
    }
    if (columns == 0) return layout;
    if (sum_of(least, layout.gap) > columns) layout.gap = 1;
    for (std::size_t turn = 1; turn <= columns_.size(); ++turn)
        for (std::size_t i = 0; i < columns_.size(); ++i)
            if (columns_[i].goes == turn && sum_of(least, layout.gap) > columns) least[i] = layout.widths[i] = 0;
    for (std::size_t i = 0; i < least.size(); ++i) {
        const std::size_t all = sum_of(layout.widths, layout.gap);
        if (all > columns) layout.widths[i] -= std::min(all - columns, layout.widths[i] - least[i]);
    }
    return layout;
}

std::vector<std::string> Table::lines(std::size_t columns, Style style) const {
    const Layout layout = lay_out(columns);
    std::vector<std::string> all;
    const auto add_line = [&](const auto& cell_at) {
        std::string line;
        std::size_t used = 0;
        for (std::size_t i = 0; i < columns_.size(); ++i) {
            if (layout.widths[i] == 0) continue;
            const std::size_t before = used == 0 ? 0 : layout.gap;
            // A screen that is narrower than any table of this kind loses the last columns, not its lines.
            if (columns != 0 && used + before >= columns) break;
            const std::size_t width = columns == 0 ? layout.widths[i] : std::min(layout.widths[i], columns - used - before);
            line.append(before, ' ');
            append(line, cell_at(i), width, columns_[i].align, style);
            used += before + width;
        }
        FS_ASSERT(columns == 0 || used <= columns);
        line.erase(line.find_last_not_of(' ') + 1);
        all.push_back(std::move(line));
    };
    add_line([&](std::size_t i) { return Cell{std::string(columns_[i].title), Colour::dim}; });
    for (const auto& row : rows_) add_line([&](std::size_t i) { return row[i]; });
    return all;
}

}  // namespace filesrv::ctl
