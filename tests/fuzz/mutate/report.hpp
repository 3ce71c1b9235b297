// SPDX-License-Identifier: MIT
// Counts what came back, keeps what was wrong as files, and tells how far it is.
#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <string>

#include "base/clock.hpp"
#include "exchange.hpp"
#include "judge.hpp"

namespace filesrv::mutate {

struct ReportSettings {
    std::uint64_t seed = 0;
    std::uint64_t count = 0;
    std::string secret;              ///< what no answer may contain; may be empty
    std::filesystem::path failures;  ///< the folder where failing requests are written
};

/// One thread.
class Report {
public:
    Report(const ReportSettings& settings, Instant began)
        : settings_(settings), began_(began), told_(began) {}

    /// Judges one conversation. False: there were so many failures that more would tell nothing.
    [[nodiscard]] bool add(const Exchange& exchange, Instant now);

    /// Prints the totals, in one line. True when nothing was wrong.
    [[nodiscard]] bool finish(std::uint64_t connects_failed, Instant now) const;

private:
    void keep_failure(const Exchange& exchange, const std::string& what);
    void tell_progress(Instant now);

    ReportSettings settings_;
    Instant began_;
    Instant told_;
    std::uint64_t sent_ = 0;
    std::uint64_t unanswered_ = 0;
    std::uint64_t resets_ = 0;
    std::uint64_t hangs_ = 0;
    std::uint64_t failures_ = 0;
    std::array<std::uint64_t, 6> classes_{};
};

/// Prints what came back to one request, and the verdict. True when nothing was wrong.
[[nodiscard]] bool show(const Conversation& conversation, const std::string& secret);

}  // namespace filesrv::mutate
