// SPDX-License-Identifier: MIT
// A batch from its check to its summary.
#pragma once

#include "tools/filesrv-client/exit_status.hpp"
#include "tools/filesrv-client/options.hpp"

namespace filesrv::client {

/// Runs the file of options.batch; returns the worst status of its requests. Throws UsageError for a file that cannot be
/// read.
[[nodiscard]] ExitStatus run_batch(const Options& options);

}  // namespace filesrv::client
