// SPDX-License-Identifier: MIT
// The log's front end: what passes, and where to.
#include "observe/log.hpp"

#include <string>
#include <vector>

#include <doctest/doctest.h>

using namespace filesrv;
using namespace filesrv::observe;

namespace {

constexpr LogLevel all_levels[] = {LogLevel::trace, LogLevel::debug, LogLevel::info, LogLevel::warning,
                                   LogLevel::error};

class Recorder final : public LogSink {
public:
    void write(LogLevel, std::string_view line, observe::LogKind) noexcept override { lines.emplace_back(line); }
    std::vector<std::string> lines;
};

}  // namespace

TEST_CASE("a level lets through itself and everything more urgent") {
    Recorder recorder;
    set_log_sink(&recorder);
    for (const LogLevel threshold : all_levels) {
        set_log_level(threshold);
        for (const LogLevel level : all_levels) {
            recorder.lines.clear();
            log(level, "line");
            CHECK(log_enabled(level) == (level >= threshold));
            CHECK(recorder.lines.size() == (level >= threshold ? 1u : 0u));
        }
    }
    set_log_sink(nullptr);
    set_log_level(LogLevel::info);
}

TEST_CASE("without a sink a line goes nowhere") {
    log(LogLevel::error, "nobody hears this");
    CHECK(log_enabled(LogLevel::error));
}

TEST_CASE("a line that there is no memory for is replaced by one that says so, and one that nobody wants is not made") {
    Recorder recorder;
    set_log_sink(&recorder);
    int made = 0;
    log_made(LogLevel::debug, [&] { return std::to_string(++made); });
    log_made(LogLevel::info, [&] { return std::to_string(++made); });
    log_made(LogLevel::info, []() -> std::string { throw std::bad_alloc(); });
    CHECK(recorder.lines == std::vector<std::string>{"1", "out of memory: what belongs here cannot be said"});
    set_log_sink(nullptr);
}
