// SPDX-License-Identifier: MIT
// The status for people: one glance, at most fourteen lines. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "observe/snapshot.hpp"
#include "tools/filesrvctl/sleeper.hpp"
#include "tools/filesrvctl/style.hpp"

namespace filesrv::ctl {

inline constexpr std::size_t status_lines_max = 14;

/// Of a daemon that runs.
[[nodiscard]] std::vector<std::string> status_lines(const observe::Snapshot& snapshot, Style style);

/// Of one that sleeps, or whose last start failed. `utc_offset_s` makes local times of its times.
[[nodiscard]] std::vector<std::string> status_lines(const Sleeper& sleeper, std::int64_t now_s, std::int64_t utc_offset_s, Style style);

// Parts that other pictures show too.
/// `15 s`, and where it comes from.
[[nodiscard]] std::string timeout_text(const observe::Snapshot& snapshot);
/// `in 48 s`, `never`, `not while 2 requests are in flight`.
[[nodiscard]] std::string idle_exit_text(const observe::Snapshot& snapshot);
/// Where it listens, the first address as a URL.
[[nodiscard]] std::string where_text(const observe::Snapshot& snapshot);

}  // namespace filesrv::ctl
