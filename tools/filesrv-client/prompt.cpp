// SPDX-License-Identifier: MIT
// Lines of standard input: each is run when it comes, and its status line shown.
#include "tools/filesrv-client/prompt.hpp"

#include <cstdio>
#include <iostream>
#include <string>

#include "base/assert.hpp"
#include "tools/filesrv-client/batch_line.hpp"

namespace filesrv::client {

ExitStatus run_prompt(const Options& options) {
    FS_ASSERT(!options.batch);
    Engine engine(options.engine);
    ExitStatus worst = ExitStatus::success;
    for (std::string line; std::getline(std::cin, line);) {
        const auto request = parse_batch_line(line, options.server);
        if (!request) {
            std::fprintf(stderr, "%s\n", request.error().c_str());
            worst = worse(worst, ExitStatus::usage);
            continue;
        }
        if (!*request) continue;
        const Outcome outcome = engine.run(**request);
        std::printf("%s\n", outcome.status_line.c_str());
        if (!outcome.ok()) std::fprintf(stderr, "%s\n", outcome.error.c_str());
        worst = worse(worst, exit_status_of(outcome.failure));
    }
    return worst;
}

}  // namespace filesrv::client
