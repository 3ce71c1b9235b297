// SPDX-License-Identifier: MIT
// The log's far end: spdlog on stderr, in the form its reader wants.
#pragma once

#include <cstdint>
#include <memory>

#include "base/log_level.hpp"
#include "observe/log.hpp"
#include "os/fd.hpp"

namespace filesrv::daemon {

/// Makes the sink and sets it: entries of the journal's own, or `<N>line` where its socket is out of reach, when stderr is the journal's stream (systemd.exec(5),
/// JOURNAL_STREAM), else lines with time and level. Keep the returned sink until the last thread has ended.
[[nodiscard]] std::unique_ptr<observe::LogSink> start_logging(LogLevel level);

/// Whether the descriptor is the journal's stream.
[[nodiscard]] bool is_journal(os::Fd fd);

/// Whether the descriptor whose device and inode these are is the one that `journal_stream` ("DEV:INODE")
/// names. Pure.
[[nodiscard]] bool is_journal_stream(const char* journal_stream, std::uint64_t device,
                                     std::uint64_t inode) noexcept;

}  // namespace filesrv::daemon
