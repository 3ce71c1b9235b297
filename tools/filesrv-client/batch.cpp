// SPDX-License-Identifier: MIT
// Batches: check, run, tell.
#include "tools/filesrv-client/batch.hpp"

#include <cstdio>
#include <string>

#include "base/assert.hpp"
#include "base/utf8.hpp"
#include "os/clock.hpp"
#include "tools/filesrv-client/batch_file.hpp"
#include "tools/filesrv-client/interrupts.hpp"
#include "tools/filesrv-client/report.hpp"

namespace filesrv::client {
namespace {

/// `GET http://localhost:8080/server/photo.jpg into out/photo.jpg`.
std::string plan_of(const Request& request, const std::string& output_folder) {
    std::string text = std::string(name(request.verb)) + ' ' + url_of(request);
    if (request.verb == Verb::get) text += " into " + printable(output_folder + '/' + request.local);
    if (is_upload(request.verb)) text += " from " + printable(request.local);
    return text;
}

ExitStatus tell_plan(BatchFile& file, const Options& options) {
    while (const auto request = file.next()) std::printf("%s\n", plan_of(*request, options.engine.output_folder).c_str());
    return ExitStatus::success;
}

/// A batch under way: how each request ended is told at once, what all were at the end.
class Run {
public:
    Run(BatchFile& file, const Options& options)
        : file_(file), options_(options), report_(options.report, options.report_file), engine_(options.engine) {}

    ExitStatus all() {
        const Instant begun = os::monotonic_now();
        engine_.run_all([this] { return file_.next(); },
                        [this](const Request& request, const Outcome& outcome) { return ended(request, outcome); },
                        {.progress = {}, .cancel = interrupts_.flag()});
        // Also between two requests, when none of them has heard of it.
        if (interrupts_.seen()) worst_ = ExitStatus::interrupted;
        if (!report_.close()) {
            std::fprintf(stderr, "filesrv-client: the report could not be written whole\n");
            worst_ = worse(worst_, ExitStatus::answer);
        }
        if (!options_.quiet) {
            const std::string summary = summary_of(tally_, file_.requests(), os::monotonic_now() - begun);
            std::fprintf(stderr, "filesrv-client: %s\n", summary.c_str());
        }
        return worst_;
    }

private:
    /// False: begin no more.
    bool ended(const Request& request, const Outcome& outcome) {
        tally_.add(request, outcome);
        report_.add(request, outcome);
        const bool tells_status = !options_.quiet && !report_.is_on_stdout() && !outcome.status_line.empty();
        if (tells_status) std::printf("%s\n", outcome.status_line.c_str());
        if (outcome.ok()) return true;
        const std::string error = printable(outcome.error);
        std::fprintf(stderr, "%s:%zu: %s %s: %s\n", file_.name().c_str(), request.line, std::string(name(request.verb)).c_str(),
                     url_of(request).c_str(), error.c_str());
        if (request.may_fail && outcome.failure != Failure::interrupted) return true;
        worst_ = worse(worst_, exit_status_of(outcome.failure));
        return !options_.fail_early;
    }

    BatchFile& file_;
    const Options& options_;
    Interrupts interrupts_;
    Report report_;
    Engine engine_;
    Tally tally_;
    ExitStatus worst_ = ExitStatus::success;
};

}  // namespace

ExitStatus run_batch(const Options& options) {
    FS_ASSERT(options.batch.has_value());
    BatchFile file = BatchFile::read(*options.batch);
    const auto problems = file.check(options.server);
    for (const std::string& problem : problems) std::fprintf(stderr, "%s\n", problem.c_str());
    if (!problems.empty()) return ExitStatus::usage;
    return options.dry_run ? tell_plan(file, options) : Run(file, options).all();
}

}  // namespace filesrv::client
