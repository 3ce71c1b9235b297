// SPDX-License-Identifier: MIT
// Where the log goes, and in which form.
#include "daemon/logging.hpp"

#include <doctest/doctest.h>

using namespace filesrv;
using filesrv::daemon::is_journal_stream;

TEST_CASE("the journal's stream is known by device and inode") {
    CHECK(is_journal_stream("8:123", 8, 123));
    for (const char* text :
         {static_cast<const char*>(nullptr), "", "8", "8:", ":123", "8:124", "9:123", "8:123:", "8:+123"})
        CHECK_FALSE(is_journal_stream(text, 8, 123));
}

TEST_CASE("logging ends with its sink") {
    {
        const auto sink = filesrv::daemon::start_logging(LogLevel::error);
        REQUIRE(sink != nullptr);
        CHECK_FALSE(observe::log_enabled(LogLevel::warning));
        CHECK(observe::log_enabled(LogLevel::error));
    }
    observe::log(LogLevel::error, "nobody hears this");
    observe::set_log_level(LogLevel::info);
}
