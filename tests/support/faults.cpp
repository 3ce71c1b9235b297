// SPDX-License-Identifier: MIT
// Faults for a test build of the daemon: opens that are slow on demand. Linked in, it sets the hook before main().
//
// FILESRV_TEST_SLOW_OPEN=PREFIX:SECONDS: what is below a first component that starts with PREFIX is never found in
// memory (EAGAIN with RESOLVE_CACHED), and a worker's open of it hangs for SECONDS.
#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <string>
#include <string_view>
#include <thread>

#include "base/assert.hpp"
#include "base/numbers.hpp"
#include "os/open_hook.hpp"

namespace {

std::string slow_prefix;
std::chrono::nanoseconds slow_for{};

int slow_open(const filesrv::os::OpenAttempt& attempt) noexcept {
    if (!attempt.path.starts_with(slow_prefix)) return 0;
    if (attempt.cached) return EAGAIN;
    if (attempt.worker) std::this_thread::sleep_for(slow_for);
    return 0;
}

const bool installed = [] {
    const char* text = std::getenv("FILESRV_TEST_SLOW_OPEN");
    if (text == nullptr) return false;
    const std::string_view value = text;
    const auto colon = value.rfind(':');
    FS_ASSERT(colon != std::string_view::npos && colon > 0);
    const auto seconds = filesrv::parse_seconds(value.substr(colon + 1));
    FS_ASSERT(seconds.has_value());
    slow_prefix = value.substr(0, colon);
    slow_for = *seconds;
    filesrv::os::open_hook = slow_open;
    return true;
}();

}  // namespace
