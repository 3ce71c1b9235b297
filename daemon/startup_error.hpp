// SPDX-License-Identifier: MIT
// The one exception of the start: what to say on stderr and the status to leave with.
#pragma once

#include <stdexcept>
#include <string>

namespace filesrv::daemon {

/// Exit statuses of the daemon.
inline constexpr int exit_could_not_run = 1;
inline constexpr int exit_usage = 2;

/// Thrown only in daemon/; main prints its text as one line and leaves with its status.
class StartupError : public std::runtime_error {
public:
    StartupError(int exit_status, const std::string& line)
        : std::runtime_error(line), exit_status_(exit_status) {}
    [[nodiscard]] int exit_status() const noexcept { return exit_status_; }

private:
    int exit_status_;
};

}  // namespace filesrv::daemon
