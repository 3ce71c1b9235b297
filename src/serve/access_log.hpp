// SPDX-License-Identifier: MIT
// The access log: lines from every thread to one descriptor.
#pragma once

#include <string>
#include <string_view>

#include "base/error.hpp"
#include "base/tunable.hpp"
#include "os/fd.hpp"
#include "os/socket.hpp"
#include "serve/kept_record.hpp"
#include "serve/settings.hpp"

namespace filesrv::serve {

/// Lines are gathered by each thread and written with one call a turn, to a file opened for appending or to standard
/// output; whole lines of several threads do not mix. Any thread.
class AccessLog {
public:
    /// Opens the file, if one is named.
    [[nodiscard]] static Result<AccessLog> open(AccessLogFormat format, const std::string& path);

    [[nodiscard]] bool is_on() const noexcept { return format_ != AccessLogFormat::off; }
    void append_line(std::string& lines, const KeptRecord& record, const os::PeerAddress& peer,
                     std::uint64_t bytes) const;
    /// A full disk or a reader that does not read loses lines, never requests: the failure is told once in the daemon's log.
    void write(std::string_view lines) const noexcept;
    /// Another format or file, or the same path anew after somebody has renamed the old file. The descriptor's number
    /// stays, so that writers need not know. On a failure all stays as it was. One thread at a time.
    [[nodiscard]] Result<void> retarget(AccessLogFormat format, const std::string& path);

private:
    [[nodiscard]] Result<void> send_entries(std::string_view entries) const;
    AccessLog(AccessLogFormat format, os::UniqueFd file) : format_(format), file_(std::move(file)) {}

    Tunable<AccessLogFormat> format_;
    os::UniqueFd file_;  ///< always open: standard output has a second number here
};

}  // namespace filesrv::serve
