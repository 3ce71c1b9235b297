// SPDX-License-Identifier: MIT
// Leaving root behind, as far as a test may go.
#include "daemon/privileges.hpp"

#include <string>

#include <doctest/doctest.h>
#include <sys/wait.h>
#include <unistd.h>

#include "daemon/startup_error.hpp"
#include "os/process.hpp"

using namespace filesrv;
namespace fsd = filesrv::daemon;

TEST_CASE("an unknown user is wrong usage") {
    try {
        fsd::become_user("no-such-user-here");
        FAIL("became nobody");
    } catch (const fsd::StartupError& error) {
        CHECK(error.exit_status() == 2);
        CHECK(std::string(error.what()) == "--user: there is no user 'no-such-user-here'");
    }
}

TEST_CASE("root becomes somebody else for good, anybody else is refused") {
    const pid_t child = ::fork();  // identity is the process's: try it in one of its own
    REQUIRE(child >= 0);
    if (child == 0) {
        const bool root = ::geteuid() == 0;
        int verdict = 1;
        try {
            fsd::become_user(root ? "nobody" : "root");
            verdict = root && ::geteuid() != 0 && ::setuid(0) != 0 ? 0 : 2;
        } catch (const fsd::StartupError& error) {
            verdict = !root && error.exit_status() == 1 ? 0 : 3;
        }
        ::_exit(verdict);
    }
    int status = 0;
    REQUIRE(::waitpid(child, &status, 0) == child);
    CHECK(WIFEXITED(status));
    CHECK(WEXITSTATUS(status) == 0);
}

TEST_CASE("the descriptor limit only rises") {
    const auto limit = os::raise_fd_limit();
    CHECK(limit >= 64);
    CHECK(os::raise_fd_limit() == limit);
}
