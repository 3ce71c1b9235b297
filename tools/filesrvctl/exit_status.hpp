// SPDX-License-Identifier: MIT
// How filesrvctl ends: its exit statuses, and the one exception that carries one with a line for people.
#pragma once

#include <cstdint>
#include <stdexcept>
#include <string>

namespace filesrv::ctl {

enum class Exit : std::uint8_t {
    ok = 0,             ///< running, or asleep and ready
    failed = 1,         ///< the daemon refused or failed
    usage = 2,
    not_running = 3,    ///< neither running nor listening, as systemctl(1) has it
    no_permission = 4,
};

/// Thrown anywhere in filesrvctl; main prints its text as one line on standard error and leaves with its status.
class Failure : public std::runtime_error {
public:
    Failure(Exit status, const std::string& line) : std::runtime_error(line), status_(status) {}
    [[nodiscard]] Exit status() const noexcept { return status_; }

private:
    Exit status_;
};

/// Whoever was found is there no more. Who sleeps by now, or serves, is worth a second look.
class Gone : public Failure {
public:
    /// `asked`: it had got the command, and may have done it.
    Gone(Exit status, const std::string& line, bool asked) : Failure(status, line), asked_(asked) {}
    [[nodiscard]] bool asked() const noexcept { return asked_; }

private:
    bool asked_;
};

}  // namespace filesrv::ctl
