// SPDX-License-Identifier: MIT
// A snapshot as Prometheus text, exposition format 0.0.4.
#pragma once

#include <string>

#include "observe/snapshot.hpp"

namespace filesrv::observe {

/// Every figure that is a number, with HELP and TYPE. Counters come from `lifetime` where it has them, so that they go on
/// over exits; the others begin anew with the process. What is nothing in the snapshot is left out.
[[nodiscard]] std::string metrics_text(const Snapshot& snapshot);

}  // namespace filesrv::observe
