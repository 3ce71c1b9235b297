// SPDX-License-Identifier: MIT
// The journal's native protocol.
#include "observe/journal.hpp"

#include <doctest/doctest.h>

using namespace filesrv;
using namespace filesrv::observe;

TEST_CASE("a value of one line is written behind its name, another one with its length") {
    std::string entry;
    append_journal_field(entry, "MESSAGE", "a=b");
    append_journal_field(entry, "MESSAGE", "a\nb");
    CHECK(entry == std::string("MESSAGE=a=b\nMESSAGE\n\x03\0\0\0\0\0\0\0a\nb\n", 32));
}

TEST_CASE("a line of the log has its priority, and its kind where it has one") {
    CHECK(journal_entry(LogLevel::warning, "careful", LogKind::other) == "PRIORITY=4\nSYSLOG_IDENTIFIER=filesrvd\nMESSAGE=careful\n");
    CHECK(journal_entry(LogLevel::info, "hello", LogKind::started) ==
          "PRIORITY=6\nSYSLOG_IDENTIFIER=filesrvd\nMESSAGE_ID=7d4a1f0c3c5e4f1db6b0f2a7c9e8d1a4\nMESSAGE=hello\n");
}

TEST_CASE("each level has the priority of syslog's that means it") {  // syslog(3)
    const std::pair<LogLevel, char> rows[] = {
        {LogLevel::trace, '7'}, {LogLevel::debug, '7'}, {LogLevel::info, '6'}, {LogLevel::warning, '4'}, {LogLevel::error, '3'}};
    for (const auto& [level, priority] : rows) CHECK(journal_priority(level) == priority);
}

TEST_CASE("each kind has an id of its own, of 128 bits") {
    for (const LogKind kind : {LogKind::started, LogKind::leaving, LogKind::reload}) {
        CHECK(journal_message_id(kind).size() == 32);
        CHECK(journal_message_id(kind) != journal_access_id);
    }
    CHECK(journal_access_id.size() == 32);
    CHECK(journal_message_id(LogKind::other).empty());
}
