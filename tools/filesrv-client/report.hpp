// SPDX-License-Identifier: MIT
// What a batch tells of its requests: a record for programs, a summary for people.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <memory>
#include <string>

#include "tools/filesrv-client/options.hpp"

namespace filesrv::client {

/// One line with its end: line, verb, url, status, bytes, seconds, error. In JSON also retries, resumed_at and verified;
/// what there was not (a status, an error) is null. In TSV it is empty, and no field holds a tab or a line end.
[[nodiscard]] std::string record_of(ReportFormat format, const Request& request, const Outcome& outcome);

/// Names of the fields, a line of TSV; "" for JSON, whose records name them.
[[nodiscard]] std::string record_heading(ReportFormat format);

/// What a batch was in all.
struct Tally {
    std::size_t succeeded = 0;
    std::size_t failed = 0;
    std::size_t allowed_failures = 0;  ///< of lines with a dash
    std::size_t unverified = 0;        ///< of those that succeeded: the server gave no digest
    std::uint64_t bytes = 0;

    void add(const Request& request, const Outcome& outcome) noexcept;
};

/// `3 succeeded (1 not verified: the server gives no digest), 1 failed, 2 not begun: 1.2 MiB in 310 ms`.
[[nodiscard]] std::string summary_of(const Tally& tally, std::size_t requests, Duration took);

/// Where records go: a file, or standard output for "".
class Report {
public:
    /// Throws std::runtime_error that names a file which cannot be written.
    Report(ReportFormat format, const std::string& path);

    void add(const Request& request, const Outcome& outcome);
    /// Whether all of it could be written; nothing can be added then.
    [[nodiscard]] bool close();

    [[nodiscard]] bool is_on_stdout() const noexcept { return into_ == stdout; }

private:
    ReportFormat format_;
    std::unique_ptr<std::FILE, int (*)(std::FILE*)> own_;
    std::FILE* into_ = nullptr;  ///< null: no report is wanted
};

}  // namespace filesrv::client
