// SPDX-License-Identifier: MIT
// filesrv-client: options, then a batch or the prompt.
#include <cstdio>
#include <exception>
#include <span>

#include "os/heap.hpp"
#include "os/signals.hpp"
#include "tools/filesrv-client/batch.hpp"
#include "tools/filesrv-client/options.hpp"
#include "tools/filesrv-client/prompt.hpp"

namespace filesrv::client {
namespace {

ExitStatus run(std::span<const char* const> words) {
    const Options options = parse_options(words);
    os::ignore_sigpipe();
    os::keep_freed_memory();  // libcurl has a buffer for each transfer, not for each handle
    ExitStatus status = ExitStatus::success;
    if (!options.information.empty()) std::fputs(options.information.c_str(), stdout);
    else status = options.batch ? run_batch(options) : run_prompt(options);
    if (std::fflush(stdout) == 0 && std::ferror(stdout) == 0) return status;
    std::fputs("filesrv-client: standard output could not be written whole\n", stderr);
    return worse(status, ExitStatus::answer);
}

}  // namespace
}  // namespace filesrv::client

int main(int argc, char** argv) {
    using namespace filesrv::client;
    try {
        return code(run(std::span(argv, static_cast<std::size_t>(argc)).subspan(1)));
    } catch (const UsageError& error) {
        std::fprintf(stderr, "filesrv-client: %s\n", error.what());
        return code(ExitStatus::usage);
    } catch (const std::exception& error) {
        std::fprintf(stderr, "filesrv-client: %s\n", error.what());
        return code(ExitStatus::answer);
    }
}
