// SPDX-License-Identifier: MIT
// Tables of connections and of transfers.
#include "tools/filesrvctl/connections_text.hpp"

#include <algorithm>
#include <cmath>
#include <tuple>

#include "base/assert.hpp"
#include "base/utf8.hpp"
#include "tools/filesrvctl/format.hpp"
#include "tools/filesrvctl/table.hpp"

namespace filesrv::ctl {
namespace {

constexpr const char* none = "–";
constexpr std::size_t roomy_columns = 110;
constexpr std::size_t peer_least = 21;  // the longest of IPv4, with its port

/// As the protocol has it, in one word that fits a column.
std::string state_text(const std::string& state) {
    if (state == "receiving_head") return "head";
    if (state == "reading_body") return "body";
    return printable(state);
}

Colour state_colour(const std::string& state) {
    if (state == "active" || state == "writing" || state == "reading_body") return Colour::good;
    return state == "idle" ? Colour::dim : Colour::plain;
}

/// `GET /a.txt`; a name that somebody else chose cannot move the cursor.
std::string request_text(const observe::ConnectionFacts& connection) {
    if (!connection.method) return none;
    return printable(*connection.method) + ' ' + printable(connection.target.value_or(""));
}

std::string worker_text(const std::optional<std::uint64_t>& worker) {
    if (!worker) return none;
    return *worker == 0 ? "R" : std::to_string(*worker);  // the reactor, in person
}

std::string percent_text(const observe::TransferFacts& transfer) {
    if (!transfer.total) return none;
    return std::to_string(*transfer.total == 0 ? 100 : static_cast<int>(100.0 * static_cast<double>(transfer.done) / static_cast<double>(*transfer.total))) + '%';
}

double done_part(const observe::TransferFacts& transfer) {
    FS_ASSERT(transfer.total.has_value());
    return *transfer.total == 0 ? 1 : static_cast<double>(transfer.done) / static_cast<double>(*transfer.total);
}

/// A peer without its port is nobody: of an address that is too long the middle goes.
Cell peer_cell(const observe::ConnectionFacts& connection) {
    const std::string text = printable(connection.peer);
    const std::size_t colon = text.rfind(':');
    if (colon == std::string::npos) return {text};
    const std::size_t end = colon > 0 && text[colon - 1] == ']' ? colon - 1 : colon;
    return {.text = text, .kept_end = text.size() - end};
}

/// What is moving: for the order of a screen.
int rank(const observe::ConnectionFacts& connection) {
    if (connection.transfer) return 0;
    return connection.method ? 1 : 2;
}

}  // namespace

std::vector<std::string> connection_lines(std::span<const observe::ConnectionFacts> connections, std::size_t columns, Style style) {
    Table table({{"ID", Align::right}, {"PEER", Align::left, peer_least}, {"AGE", Align::right, 0, 3}, {"STATE"},
                 {"REQUEST", Align::left, 16}, {"REQS", Align::right, 0, 1}, {"IN", Align::right, 0, 2}, {"OUT", Align::right, 0, 6},
                 {"RATE", Align::right, 0, 7}, {"W", Align::right, 0, 4}, {"LEFT", Align::right, 0, 5}});
    for (const observe::ConnectionFacts& one : connections)
        table.add({{std::to_string(one.id)},
                   peer_cell(one),
                   {short_duration(one.age_s)},
                   {state_text(one.state), state_colour(one.state)},
                   {request_text(one)},
                   {count_text(one.requests)},
                   {bytes_text(one.in)},
                   {bytes_text(one.out)},
                   {rate_text(one.rate), Colour::accent},
                   {worker_text(one.worker)},
                   {one.timeout_s ? short_duration(*one.timeout_s) : none}});
    return table.lines(columns, style);
}

std::vector<std::string> transfer_lines(std::span<const observe::ConnectionFacts> connections, std::size_t columns, Style style) {
    const std::size_t bar_columns = columns == 0 || columns >= roomy_columns ? 22 : 12;
    Table table({{"ID", Align::right}, {""}, {"NAME", Align::left, 16}, {"", Align::left, 0, 2}, {"", Align::right, 0, 4},
                 {"DONE", Align::right}, {"OF", Align::right, 0, 3}, {"RATE", Align::right}, {"LEFT", Align::right},
                 {"PEER", Align::left, peer_least, 1}});
    for (const observe::ConnectionFacts& one : connections) {
        if (!one.transfer) continue;
        const observe::TransferFacts& transfer = *one.transfer;
        const bool upload = transfer.direction == "upload";
        const auto left = seconds_left(one);
        table.add({{std::to_string(one.id)},
                   {upload ? "up" : "down", upload ? Colour::warning : Colour::good},
                   {printable(one.target.value_or(none))},
                   {transfer.total ? bar_text(done_part(transfer), bar_columns) : std::string(none), Colour::accent},
                   {percent_text(transfer)},
                   {bytes_text(transfer.done)},
                   {transfer.total ? bytes_text(*transfer.total) : none},
                   {rate_text(one.rate)},
                   {left ? short_duration(*left) : none},
                   peer_cell(one)});
    }
    return table.lines(columns, style);
}

void sort_by_interest(std::vector<observe::ConnectionFacts>& connections) {
    std::ranges::stable_sort(connections, {}, [](const observe::ConnectionFacts& one) { return std::tuple(rank(one), -one.rate, -one.age_s, one.id); });
}

std::string bar_text(double done, std::size_t columns) {
    FS_ASSERT(columns >= 3);
    const std::size_t room = columns - 2;
    // Full only when all is there.
    const auto filled = std::min(static_cast<std::size_t>(std::clamp(done, 0.0, 1.0) * static_cast<double>(room)), done >= 1 ? room : room - 1);
    return '[' + std::string(filled, '#') + std::string(room - filled, '-') + ']';
}

std::optional<double> seconds_left(const observe::ConnectionFacts& connection) {
    if (!connection.transfer || !connection.transfer->total || !(connection.rate > 0)) return std::nullopt;
    const auto total = *connection.transfer->total;
    const auto done = std::min(connection.transfer->done, total);
    return static_cast<double>(total - done) / connection.rate;
}

}  // namespace filesrv::ctl
