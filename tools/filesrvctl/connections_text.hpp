// SPDX-License-Identifier: MIT
// Tables of connections and of transfers. Pure.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "observe/snapshot.hpp"
#include "tools/filesrvctl/style.hpp"

namespace filesrv::ctl {

/// A line a connection below a line of titles, none wider than `columns` (0 = as wide as it is).
[[nodiscard]] std::vector<std::string> connection_lines(std::span<const observe::ConnectionFacts> connections, std::size_t columns, Style style);

/// A line a transfer: name, bar, how much, how fast, how long still.
[[nodiscard]] std::vector<std::string> transfer_lines(std::span<const observe::ConnectionFacts> connections, std::size_t columns, Style style);

/// The busiest first: transfers by rate, then requests, then idle ones by age. For screens that do not hold all.
void sort_by_interest(std::vector<observe::ConnectionFacts>& connections);

/// `[#####-----]`, `done` of 0…1. At least three columns.
[[nodiscard]] std::string bar_text(double done, std::size_t columns);

/// Seconds until it is done at this rate; nothing when that cannot be known.
[[nodiscard]] std::optional<double> seconds_left(const observe::ConnectionFacts& connection);

}  // namespace filesrv::ctl
