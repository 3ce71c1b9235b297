// SPDX-License-Identifier: MIT
// A conversation with one daemon: connected, asked, answers as values. Failures are exceptions that carry the exit status.
#pragma once

#include <chrono>
#include <string>

#include "control/client.hpp"
#include "tools/filesrvctl/answer.hpp"

namespace filesrv::ctl {

/// For what a daemon that lives answers at once, even under load.
inline constexpr auto answer_patience = std::chrono::seconds(10);
/// For what waits for a successor to start, or for files to be read.
inline constexpr auto result_patience = std::chrono::minutes(5);
/// A drain may take as long as its longest transfer.
inline constexpr auto leave_patience = std::chrono::hours(24 * 365);

/// Every method throws Failure.
class Session {
public:
    explicit Session(const std::string& socket);

    [[nodiscard]] StatusAnswer status();
    [[nodiscard]] ConnectionsAnswer connections();
    /// A command that the daemon does, or refuses.
    [[nodiscard]] PlainAnswer command(const std::string& line, Duration patience = answer_patience);
    /// Sends it, and does not care.
    void send(const std::string& line);
    /// The next line of an answer that has several.
    [[nodiscard]] PlainAnswer next(Duration patience);

private:
    [[nodiscard]] std::string ask(const std::string& line, Duration patience);

    control::Client client_;
};

}  // namespace filesrv::ctl
