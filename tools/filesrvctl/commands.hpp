// SPDX-License-Identifier: MIT
// The commands: each finds its daemon, asks, prints, and says how it went. All throw Failure.
#pragma once

#include "tools/filesrvctl/answer.hpp"
#include "tools/filesrvctl/arguments.hpp"
#include "tools/filesrvctl/daemons.hpp"
#include "tools/filesrvctl/exit_status.hpp"
#include "tools/filesrvctl/sleeper.hpp"

namespace filesrv::ctl {

[[nodiscard]] Exit show_status(const Arguments& arguments);
[[nodiscard]] Exit watch_status(const Arguments& arguments);
[[nodiscard]] Exit show_top(const Arguments& arguments);
[[nodiscard]] Exit show_connections(const Arguments& arguments);
[[nodiscard]] Exit show_transfers(const Arguments& arguments);
[[nodiscard]] Exit show_metrics(const Arguments& arguments);
[[nodiscard]] Exit ping(const Arguments& arguments);
[[nodiscard]] Exit show_version(const Arguments& arguments);
/// 0 nothing is wrong, 1 something is.
[[nodiscard]] Exit run_doctor(const Arguments& arguments);

[[nodiscard]] Exit reload(const Arguments& arguments);
[[nodiscard]] Exit drain_or_stop(const Arguments& arguments);
[[nodiscard]] Exit upgrade(const Arguments& arguments);
[[nodiscard]] Exit set_log_level(const Arguments& arguments);
[[nodiscard]] Exit kick(const Arguments& arguments);


// What several of them need.
void print_status(const StatusAnswer& answer, bool json);
/// One that does not run, with its counters. Throws Failure (4) when those are for others to read.
[[nodiscard]] Sleeper sleeper_with_counters(const Instance& instance);
/// 0 asleep and ready, 1 its last start failed.
[[nodiscard]] Exit exit_of(InstanceState state) noexcept;

}  // namespace filesrv::ctl
