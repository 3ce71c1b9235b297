// SPDX-License-Identifier: MIT
// The prompt: a request a line, until QUIT or the end of input.
#pragma once

#include "tools/filesrv-client/exit_status.hpp"
#include "tools/filesrv-client/options.hpp"

namespace filesrv::client {

/// Returns the status to leave with.
[[nodiscard]] ExitStatus run_prompt(const Options& options);

}  // namespace filesrv::client
