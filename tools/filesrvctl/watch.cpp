// SPDX-License-Identifier: MIT
// status --watch: the status again and again, of whoever serves or sleeps by then.
#include <thread>

#include "base/assert.hpp"
#include "os/clock.hpp"
#include "tools/filesrvctl/commands.hpp"
#include "tools/filesrvctl/output.hpp"

namespace filesrv::ctl {

Exit watch_status(const Arguments& arguments) {
    FS_ASSERT(arguments.watch && *arguments.watch > Duration::zero());
    const bool terminal = output_columns() > 0;
    bool first = true;
    for (Instant next = os::monotonic_now();; next += *arguments.watch) {
        // A terminal is cleared, ECMA-48 CUP and ED; elsewhere an empty line stands between.
        if (terminal && !arguments.json) print("\033[H\033[2J\033[3J");
        else if (!first && !arguments.json) print("");
        try {
            (void)show_status(arguments);
        } catch (const Failure& failure) {
            // It may come again: only what time does not mend ends the watch.
            if (first || failure.status() == Exit::usage || failure.status() == Exit::no_permission) throw;
            print(failure.what());
        }
        first = false;
        std::this_thread::sleep_for(next + *arguments.watch - os::monotonic_now());
    }
}

}  // namespace filesrv::ctl
