// SPDX-License-Identifier: MIT
// The picture that top shows.
#include "tools/filesrvctl/top_screen.hpp"

#include <algorithm>
#include <array>
#include <cmath>

#include "base/assert.hpp"
#include "base/columns.hpp"
#include "base/utf8.hpp"
#include "tools/filesrvctl/connections_text.hpp"
#include "tools/filesrvctl/cut.hpp"
#include "tools/filesrvctl/format.hpp"
#include "tools/filesrvctl/status_text.hpp"

namespace filesrv::ctl {
namespace {

constexpr const char* gap = "   ";

/// A figure behind its dim name.
std::string named(std::string_view name, const std::string& text, Style style, Colour colour = Colour::bold) {
    FS_ASSERT(!name.empty());
    return style.paint(Colour::dim, name) + ' ' + style.paint(colour, text);
}

/// Two texts at the two ends of a row.
std::string spread(const std::string& left, std::size_t left_columns, const std::string& right, std::size_t columns) {
    const std::size_t used = left_columns + columns_of(right);
    if (used + 1 > columns) return left;
    return left + std::string(columns - used, ' ') + right;
}

std::string head_row(const TopPicture& picture, std::size_t columns, Style style) {
    const observe::Snapshot& snapshot = picture.snapshot;
    const std::string name = "filesrvd " + printable(snapshot.version);
    const std::string rest = "  " + printable(snapshot.state) + ' ' + duration_text(snapshot.uptime_s) + ", pid " + std::to_string(snapshot.pid) + ", " +
                             where_text(snapshot) + ' ' + cut_front(printable(snapshot.root), columns / 3);
    const bool running = snapshot.state == "running";
    return spread(style.paint(Colour::bold, name) + style.paint(running ? Colour::good : Colour::warning, rest), columns_of(name + rest), picture.clock,
                  columns);
}

std::string load_row(const observe::Snapshot& snapshot, Style style) {
    const observe::Rate& rate = snapshot.rates.over_1s;
    return named("requests/s", count_text(static_cast<std::uint64_t>(std::llround(std::clamp(rate.requests, 0.0, 1e15)))), style) + gap +
           named("in", rate_text(rate.in), style) + gap + named("out", rate_text(rate.out), style) + gap +
           named("p50", latency_text(snapshot.latency.p50_us), style) + gap + named("p99", latency_text(snapshot.latency.p99_us), style);
}

std::string connections_row(const observe::Snapshot& snapshot, Style style) {
    return named("connections", count_text(snapshot.connections.now), style) + " (peak " + count_text(snapshot.connections.peak) + ')' + gap +
           named("timeout", duration_text(snapshot.timeout_s), style) + gap + named("idle exit", idle_exit_text(snapshot), style);
}

std::string workers_row(const observe::Snapshot& snapshot, Style style) {
    const observe::WorkerFigures& workers = snapshot.workers;
    std::string row = named("workers", count_text(workers.busy) + " busy of " + count_text(workers.total), style) + gap +
                      named("waiting", count_text(workers.waiting), style, workers.waiting > 0 ? Colour::warning : Colour::bold) + gap +
                      named("downloads", count_text(snapshot.downloads_in_flight), style) + gap +
                      named("uploads", count_text(snapshot.uploads.in_flight), style) + gap +
                      named("errors", count_text(snapshot.errors), style, snapshot.errors > 0 ? Colour::bad : Colour::bold);
    if (workers.stuck > 0) row += gap + style.paint(Colour::bad, count_text(workers.stuck) + " stuck");
    return row;
}

void add_running(const TopPicture& picture, ScreenSize size, Style style, std::vector<std::string>& rows) {
    rows.push_back(head_row(picture, size.columns, style));
    rows.push_back(load_row(picture.snapshot, style));
    rows.push_back(connections_row(picture.snapshot, style));
    rows.push_back(workers_row(picture.snapshot, style));
    rows.push_back(style.paint(Colour::accent, sparkline(picture.history, size.columns)));
    rows.emplace_back();
    std::vector<std::string> table = connection_lines(picture.connections, size.columns, style);
    std::ranges::move(table, std::back_inserter(rows));
}

/// What the keys do, and what did not fit.
std::string foot_row(const TopPicture& picture, std::size_t hidden, std::size_t columns) {
    const std::string keys = "q leaves";
    std::string more = hidden == 0 ? "" : count_text(hidden) + " more below";
    if (picture.truncated) more = "more than are listed";
    return spread(keys, columns_of(keys), more, columns);
}

}  // namespace

std::string sparkline(const std::deque<double>& values, std::size_t columns) {
    constexpr std::array steps = {" ", "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
    const std::size_t shown = std::min(values.size(), columns);
    const auto first = values.end() - static_cast<std::ptrdiff_t>(shown);
    const double highest = shown == 0 ? 0 : *std::max_element(first, values.end());
    std::string text(columns - shown, ' ');
    for (auto value = first; value != values.end(); ++value) {
        // The lowest step is for whatever is not nothing.
        const double part = highest > 0 ? std::clamp(*value / highest, 0.0, 1.0) : 0;
        text += steps[part > 0 ? 1 + static_cast<std::size_t>(part * 7) : 0];
    }
    return text;
}

std::vector<std::string> top_rows(const TopPicture& picture, ScreenSize size, Style style) {
    std::vector<std::string> rows;
    if (size.rows == 0 || size.columns == 0) return rows;
    if (picture.words.empty()) add_running(picture, size, style, rows);
    else rows = picture.words;
    const std::size_t room = size.rows - 1;
    const std::size_t hidden = rows.size() > room ? rows.size() - room : 0;
    rows.resize(room);
    rows.push_back(style.paint(Colour::dim, foot_row(picture, hidden, size.columns)));
    for (std::string& row : rows) row = cut_painted(row, size.columns);
    FS_ASSERT(rows.size() == size.rows);
    return rows;
}

}  // namespace filesrv::ctl
