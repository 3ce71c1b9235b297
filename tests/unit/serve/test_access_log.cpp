// SPDX-License-Identifier: MIT
// The access log's file: formats, rotation, several writers, trouble.
#include "serve/access_log.hpp"

#include <doctest/doctest.h>

#include <cerrno>
#include <string>
#include <thread>
#include <vector>

#include "../store/temp_folder.hpp"
#include "observe/log.hpp"
#include "os/clock.hpp"

using namespace filesrv;
using namespace filesrv::serve;
using namespace std::chrono_literals;

namespace {

KeptRecord record() {
    return {.method = "GET",
            .target = "/a\"b",
            .version = "HTTP/1.1",
            .referer = "http://localhost/",
            .user_agent = "unit",
            .status = 206,
            .body_bytes = 99,
            .time = WallTime(Duration(1'700'000'000s)),
            .began = os::monotonic_now() - 1s};
}

AccessLog open_log(AccessLogFormat format, const test::fs::path& path) {
    auto log = AccessLog::open(format, path.string());
    REQUIRE(log);
    return std::move(*log);
}

std::string line(const AccessLog& log) {
    std::string lines;
    log.append_line(lines, record(), *os::parse_address("192.0.2.7", 4711), 42);
    return lines;
}

/// Counts what the daemon's own log is told.
struct CountingSink final : observe::LogSink {
    CountingSink() { observe::set_log_sink(this); }
    ~CountingSink() override { observe::set_log_sink(nullptr); }
    void write(LogLevel /*level*/, std::string_view text, observe::LogKind) noexcept override {
        ++lines;
        last = text;
    }
    int lines = 0;
    std::string last;
};

}  // namespace

TEST_CASE("a log that is off makes no file") {
    const test::TempFolder folder;
    auto log = open_log(AccessLogFormat::off, folder / "log");
    CHECK_FALSE(log.is_on());
    CHECK(log.retarget(AccessLogFormat::off, folder / "log"));
    CHECK(test::names_below(folder.path()).empty());
}

TEST_CASE("every format writes one line a request, with what the request was") {
    const test::TempFolder folder;
    for (const auto format : {AccessLogFormat::short_line, AccessLogFormat::common, AccessLogFormat::combined, AccessLogFormat::json}) {
        CAPTURE(static_cast<int>(format));
        const auto log = open_log(format, folder / "log");
        CHECK(log.is_on());
        const std::string text = line(log);
        CHECK(text.find('\n') == text.size() - 1);
        for (const char* part : {"GET", "206", "42", "192.0.2.7"}) CHECK(text.find(part) != std::string::npos);
        const bool long_form = format == AccessLogFormat::combined || format == AccessLogFormat::json;
        CHECK((text.find("http://localhost/") != std::string::npos) == long_form);
        const std::string before = test::read_file(folder / "log");
        log.write(text);
        CHECK(test::read_file(folder / "log") == before + text);  // appended, whatever was there
    }
}

TEST_CASE("the time a request took counts from its first byte") {
    const test::TempFolder folder;
    const std::string text = line(open_log(AccessLogFormat::common, folder / "log"));
    const double seconds = std::stod(text.substr(text.rfind(' ') + 1));
    CHECK(seconds >= 1.0);
    CHECK(seconds < 60.0);
}

TEST_CASE("after a rename lines go to the old file until the log is reopened") {
    const test::TempFolder folder;
    auto log = open_log(AccessLogFormat::common, folder / "log");
    log.write("one\n");
    test::fs::rename(folder / "log", folder / "log.1");
    log.write("two\n");
    REQUIRE(log.retarget(AccessLogFormat::common, folder / "log"));
    log.write("three\n");
    REQUIRE(log.retarget(AccessLogFormat::common, folder / "log"));  // with the file in place nothing is lost or cut
    log.write("four\n");
    CHECK(test::read_file(folder / "log.1") == "one\ntwo\n");
    CHECK(test::read_file(folder / "log") == "three\nfour\n");
}

TEST_CASE("a reopen that fails says so and leaves the old file in force") {
    const test::TempFolder folder;
    test::fs::create_directory(folder / "var");
    auto log = open_log(AccessLogFormat::common, folder / "var/log");
    test::fs::rename(folder / "var", folder / "away");
    const auto reopened = log.retarget(AccessLogFormat::json, folder / "var/log");
    REQUIRE_FALSE(reopened);
    CHECK(reopened.error().code == ENOENT);
    log.write("line\n");
    CHECK(test::read_file(folder / "away/log") == "line\n");
}

TEST_CASE("a log takes another format and file while it is used, and can be turned off and on") {
    const test::TempFolder folder;
    auto log = open_log(AccessLogFormat::off, folder / "log");
    REQUIRE(log.retarget(AccessLogFormat::common, folder / "log"));
    CHECK(log.is_on());
    log.write("one\n");
    REQUIRE(log.retarget(AccessLogFormat::json, folder / "other"));
    CHECK(line(log).starts_with("{"));
    CHECK(test::read_file(folder / "log") == "one\n");
    REQUIRE(log.retarget(AccessLogFormat::off, folder / "other"));
    CHECK_FALSE(log.is_on());
}

TEST_CASE("a log that cannot be opened is an error that names it") {
    const auto log = AccessLog::open(AccessLogFormat::json, "/nowhere/at/all");
    REQUIRE_FALSE(log);
    CHECK(log.error().code == ENOENT);
    CHECK(log.error().message().find("/nowhere/at/all") != std::string::npos);
}

TEST_CASE("whole lines of several threads do not mix, also while the log is reopened") {
    const test::TempFolder folder;
    auto log = open_log(AccessLogFormat::common, folder / "log");
    std::vector<std::thread> threads;
    for (char letter = 'a'; letter < 'e'; ++letter) {
        threads.emplace_back([&log, letter] {
            const std::string text = std::string(199, letter) + "\n";
            for (int i = 0; i < 200; ++i) log.write(text);
        });
    }
    for (int i = 0; i < 20; ++i) CHECK(log.retarget(AccessLogFormat::common, folder / "log"));
    for (std::thread& thread : threads) thread.join();
    const std::string text = test::read_file(folder / "log");
    REQUIRE(text.size() == 4 * 200 * 200);
    for (std::size_t at = 0; at < text.size(); at += 200) {
        CHECK(text.compare(at, 200, std::string(199, text[at]) + "\n") == 0);
    }
}

TEST_CASE("a full disk is told once, and told again after it has been better") {
    const test::TempFolder folder;
    const auto full = open_log(AccessLogFormat::common, "/dev/full");
    const auto good = open_log(AccessLogFormat::common, folder / "log");
    good.write("fine\n");
    CountingSink sink;
    for (int i = 0; i < 3; ++i) full.write("lost\n");
    CHECK(sink.lines == 1);
    CHECK(sink.last.find("access log") != std::string::npos);
    good.write("fine\n");
    full.write("lost\n");
    CHECK(sink.lines == 2);
}
