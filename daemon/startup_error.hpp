// SPDX-License-Identifier: MIT
// The one exception of the start: what to say on stderr and the status to leave with.
#pragma once

#include <cerrno>
#include <stdexcept>
#include <string>

#include "base/error.hpp"

namespace filesrv::daemon {

/// Exit statuses of the daemon.
inline constexpr int exit_could_not_run = 1;
inline constexpr int exit_usage = 2;

/// Thrown only in daemon/; main prints its text as one line and leaves with its status.
class StartupError : public std::runtime_error {
public:
    StartupError(int exit_status, const std::string& line)
        : std::runtime_error(line), exit_status_(exit_status), code_(exit_status == exit_usage ? EINVAL : EIO) {}
    /// `what` and the system's error.
    StartupError(const std::string& what, const Error& error)
        : std::runtime_error(what + ": " + error.message()), exit_status_(exit_could_not_run), code_(error.code) {}
    [[nodiscard]] int exit_status() const noexcept { return exit_status_; }
    /// An errno for the service manager; EINVAL and EIO where no system call failed.
    [[nodiscard]] int code() const noexcept { return code_; }

private:
    int exit_status_;
    int code_;
};

}  // namespace filesrv::daemon
