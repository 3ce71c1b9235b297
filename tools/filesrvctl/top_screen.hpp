// SPDX-License-Identifier: MIT
// The picture that top shows: rows that fit the screen, from figures. Pure.
#pragma once

#include <cstddef>
#include <deque>
#include <string>
#include <vector>

#include "observe/snapshot.hpp"
#include "tools/filesrvctl/style.hpp"

namespace filesrv::ctl {

struct ScreenSize {
    std::size_t columns = 80;
    std::size_t rows = 24;
};

/// What is shown. Without a daemon that runs, `words` stand in place of figures.
struct TopPicture {
    observe::Snapshot snapshot;
    std::vector<observe::ConnectionFacts> connections;
    bool truncated = false;
    std::deque<double> history;      ///< bytes per second in and out, one a picture, the newest last
    std::vector<std::string> words;  ///< of one that sleeps, or is not there; empty = it runs
    std::string clock;               ///< `14:03:20`
};

/// As many values as the widest screen has columns.
inline constexpr std::size_t history_max = 512;

/// Exactly `size.rows` rows, none wider than `size.columns`. A screen too small for all shows the beginning.
[[nodiscard]] std::vector<std::string> top_rows(const TopPicture& picture, ScreenSize size, Style style);

/// One column a value, as high as it is against the highest; the newest on the right.
[[nodiscard]] std::string sparkline(const std::deque<double>& values, std::size_t columns);

}  // namespace filesrv::ctl
