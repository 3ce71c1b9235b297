// SPDX-License-Identifier: MIT
// Faults for a test build of the daemon: opens that are slow on demand. Linked in, it sets the hook before main().
//
// FILESRV_TEST_SLOW_OPEN=PREFIX:SECONDS: what is below a first component that starts with PREFIX is never found in
// memory (EAGAIN with RESOLVE_CACHED), and a worker's open of it hangs for SECONDS.
// FILESRV_TEST_STUCK_REACTOR=PREFIX:SECONDS: a reactor that looks for such a path hangs itself.
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

/// PREFIX:SECONDS; an empty prefix matches nothing.
struct SlowPaths {
    std::string prefix;
    std::chrono::nanoseconds how_long{};

    [[nodiscard]] bool contain(std::string_view path) const noexcept { return !prefix.empty() && path.starts_with(prefix); }
    void hang() const { std::this_thread::sleep_for(how_long); }
};

SlowPaths slow_for_workers;
SlowPaths slow_for_reactors;

int slow_open(const filesrv::os::OpenAttempt& attempt) noexcept {
    if (attempt.cached && slow_for_reactors.contain(attempt.path)) slow_for_reactors.hang();
    if (!slow_for_workers.contain(attempt.path)) return 0;
    if (attempt.cached) return EAGAIN;
    if (attempt.worker) slow_for_workers.hang();
    return 0;
}

SlowPaths wanted(const char* variable) {
    const char* text = std::getenv(variable);
    if (text == nullptr) return {};
    const std::string_view value = text;
    const auto colon = value.rfind(':');
    FS_ASSERT(colon != std::string_view::npos && colon > 0);
    const auto seconds = filesrv::parse_seconds(value.substr(colon + 1));
    FS_ASSERT(seconds.has_value());
    filesrv::os::open_hook = slow_open;
    return {.prefix = std::string(value.substr(0, colon)), .how_long = *seconds};
}

const bool installed = [] {
    slow_for_workers = wanted("FILESRV_TEST_SLOW_OPEN");
    slow_for_reactors = wanted("FILESRV_TEST_STUCK_REACTOR");
    return true;
}();

}  // namespace
