// SPDX-License-Identifier: MIT
// status --watch: the status again and again, of whoever serves or sleeps by then.
#include <optional>
#include <thread>

#include "base/assert.hpp"
#include "os/clock.hpp"
#include "tools/filesrvctl/commands.hpp"
#include "tools/filesrvctl/output.hpp"
#include "tools/filesrvctl/session.hpp"

namespace filesrv::ctl {

namespace {

/// Over one connection as long as it holds: to look for the daemon each time would cost more than to ask it.
void look(const Arguments& arguments, std::optional<Session>& session) {
    if (!session) {
        const Daemon daemon = find_daemon(arguments.socket);
        if (daemon.state != InstanceState::running) return void(show_status(arguments));
        session.emplace(daemon.socket);
    }
    print_status(session->status(), arguments.json);
}

}  // namespace

Exit watch_status(const Arguments& arguments) {
    FS_ASSERT(arguments.watch && *arguments.watch > Duration::zero());
    const bool terminal = output_columns() > 0;
    bool first = true;
    std::optional<Session> session;
    for (Instant next = os::monotonic_now();; next += *arguments.watch) {
        // A terminal is cleared, ECMA-48 CUP and ED; elsewhere an empty line stands between.
        if (terminal && !arguments.json) print("\033[H\033[2J\033[3J");
        else if (!first && !arguments.json) print("");
        try {
            look(arguments, session);
        } catch (const Failure& failure) {
            session.reset();
            // It may come again: only what time does not mend ends the watch.
            if (first || failure.status() == Exit::usage || failure.status() == Exit::no_permission) throw;
            print(failure.what());
        }
        first = false;
        std::this_thread::sleep_for(next + *arguments.watch - os::monotonic_now());
    }
}

}  // namespace filesrv::ctl
