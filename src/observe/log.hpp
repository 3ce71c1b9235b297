// SPDX-License-Identifier: MIT
// The log as the floors below the daemon see it: a level, a line, and a sink that somebody above has set.
#pragma once

#include <concepts>
#include <cstdint>
#include <new>
#include <string_view>

#include "base/log_level.hpp"

namespace filesrv::observe {

using filesrv::LogLevel;

/// What a line is about, for readers that search for more than words.
enum class LogKind : std::uint8_t { other, started, leaving, reload };

/// Where lines go. An implementation takes calls from any thread at once, and does not throw.
class LogSink {
public:
    LogSink() = default;
    LogSink(const LogSink&) = delete;
    LogSink& operator=(const LogSink&) = delete;
    virtual ~LogSink() = default;
    virtual void write(LogLevel level, std::string_view line, LogKind kind) noexcept = 0;
};

/// Sets where lines go from now on; null silences the log. The sink must outlive every thread that logs.
void set_log_sink(LogSink* sink) noexcept;

/// Lines below `level` are dropped from now on. Any thread.
void set_log_level(LogLevel level) noexcept;

[[nodiscard]] LogLevel log_level() noexcept;

/// Whether a line of this level would be written: ask before building an expensive one. One relaxed load.
[[nodiscard]] bool log_enabled(LogLevel level) noexcept;

/// Lines of one level written so far. Any thread.
[[nodiscard]] std::uint64_t log_lines(LogLevel level) noexcept;

/// Writes one line (no newline at its end) if its level is enabled and a sink is set. Any thread.
void log(LogLevel level, std::string_view line, LogKind kind = LogKind::other) noexcept;

/// Likewise of a line that is made only if its level is enabled. Where there is no memory for it, that is what is written:
/// for those who must not fail because of what they say.
template <std::invocable Make>
void log_made(LogLevel level, const Make& make, LogKind kind = LogKind::other) noexcept {
    if (!log_enabled(level)) return;
    try {
        log(level, make(), kind);
    } catch (const std::bad_alloc&) {
        log(level, "out of memory: what belongs here cannot be said", kind);
    }
}

}  // namespace filesrv::observe
