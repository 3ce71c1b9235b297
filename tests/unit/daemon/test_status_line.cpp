// SPDX-License-Identifier: MIT
// The line of `systemctl status`.
#include "daemon/status_line.hpp"

#include <doctest/doctest.h>

using namespace filesrv;
using namespace std::chrono_literals;
using filesrv::daemon::status_line;
using filesrv::daemon::StatusFigures;

TEST_CASE("the status line says what a person wants to know, and no more") {
    const WallTime noon{12h + 30min};
    const struct {
        StatusFigures figures;
        const char* line;
    } cases[] = {
        {{}, "0 connections, 0.0 requests/s"},
        {{.connections = 1, .tenths_per_s = 125}, "1 connection, 12.5 requests/s"},
        {{.connections = 2, .in_flight = 1}, "2 connections, 1 request in flight, 0.0 requests/s"},
        {{.idle_exit_in = 58001ms}, "0 connections, 0.0 requests/s, idle exit in 59 s, at 12:30:58"},
        {{.idle_exit_in = -1s}, "0 connections, 0.0 requests/s, idle exit in 0 s, at 12:30:00"},
        {{.in_flight = 2, .stuck = 2}, "0 connections, 2 requests in flight, 0.0 requests/s, 2 workers stuck"},
        {{.draining = true, .connections = 3, .idle_exit_in = 5s}, "draining: 3 connections, 0.0 requests/s"},
    };
    for (const auto& one : cases) CHECK(status_line(one.figures, noon) == one.line);
}
