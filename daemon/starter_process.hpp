// SPDX-License-Identifier: MIT
// The starter's own life, after the fork: waiting, starting successors, watching them until they are accepted.
//
// Messages on its channel. From the daemon: an order, `NAME:NAME…`, a newline, the origins' text, with the listeners and the
// successor's link as descriptors; later `accepted`, or `declined` of one that leaves by itself. To the daemon: the
// successor's process id once it is ready, or the clause that says why there is none. To the starter, on a channel of its
// own for each successor: the process id, from the process between the two; `ready` or the sentence of its failure, from
// the successor.
#pragma once

#include <string_view>

#include "os/child.hpp"
#include "os/fd.hpp"

namespace filesrv::daemon {

inline constexpr std::string_view starter_accepted = "accepted";
inline constexpr std::string_view starter_declined = "declined";
inline constexpr std::string_view successor_ready = "ready";
/// How a successor's report of its failure begins.
inline constexpr std::string_view successor_failed = "failed: ";

/// Call in the copy, which this ends. `daemon` is who forked it.
[[noreturn]] void run_starter(os::UniqueFd channel, const os::Program& program, os::ProcessId daemon);

}  // namespace filesrv::daemon
