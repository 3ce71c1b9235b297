// SPDX-License-Identifier: MIT
// The log's two atomics: the level, looked at on every call, and the sink.
#include "observe/log.hpp"

#include <array>
#include <atomic>
#include <cstddef>

#include "base/assert.hpp"

namespace filesrv::observe {
namespace {

std::atomic<LogLevel> level_now{LogLevel::info};
std::atomic<LogSink*> sink_now{nullptr};
std::array<std::atomic<std::uint64_t>, static_cast<std::size_t>(LogLevel::error) + 1> lines_written;

std::atomic<std::uint64_t>& lines_of(LogLevel level) noexcept { return lines_written[static_cast<std::size_t>(level)]; }

}  // namespace

void set_log_sink(LogSink* sink) noexcept {
    sink_now.store(sink, std::memory_order_release);  // what the sink was built of is seen by who finds it
}

void set_log_level(LogLevel level) noexcept {
    FS_ASSERT(level <= LogLevel::error);  // errors cannot be silenced
    level_now.store(level, std::memory_order_relaxed);
}

LogLevel log_level() noexcept { return level_now.load(std::memory_order_relaxed); }

bool log_enabled(LogLevel level) noexcept {
    return level >= log_level();
}

void log(LogLevel level, std::string_view line, LogKind kind) noexcept {
    FS_ASSERT(level <= LogLevel::error);
    if (!log_enabled(level)) return;
    lines_of(level).fetch_add(1, std::memory_order_relaxed);
    if (LogSink* sink = sink_now.load(std::memory_order_acquire)) sink->write(level, line, kind);
}

std::uint64_t log_lines(LogLevel level) noexcept { return lines_of(level).load(std::memory_order_relaxed); }

}  // namespace filesrv::observe
