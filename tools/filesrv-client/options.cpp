// SPDX-License-Identifier: MIT
// The command line, by CLI11.
#include "tools/filesrv-client/options.hpp"

#include <algorithm>
#include <utility>
#include <vector>

#include <CLI/CLI.hpp>

#include "base/assert.hpp"
#include "base/numbers.hpp"
#include "base/nearest.hpp"

namespace filesrv::client {
namespace {

constexpr std::uint64_t retries_max = 1000;
constexpr const char* version_line = "filesrv-client " FS_VERSION "\n";
constexpr const char* about =
    "A client for filesrvd and other HTTP file servers: a prompt (HELP there tells more), or a file of requests.";
constexpr const char* statuses =
    "Exit status: 0 all succeeded, 1 some answer was an error, 2 usage, 3 no connection, 130 interrupted;\n"
    "the worst of them for a batch.";

/// Sets `into` to what the parser makes of an option's text; a complaint begins with the option's names.
template <class T, class Parse>
CLI::Option* add_parsed(CLI::App& app, const char* names, const char* type, const char* help, T& into, Parse parse) {
    const auto read = [&into, parse, names](const std::string& text) {
        const auto value = parse(text);
        if (!value) throw CLI::ValidationError(names, value.error());
        into = *value;
    };
    return app.add_option_function<std::string>(names, read, help)->type_name(type)->take_last();
}

Checked<Duration> parse_wait(std::string_view text) {
    const auto seconds = parse_seconds(text);
    if (!seconds) return std::unexpected("'" + std::string(text) + "' is no number of seconds");
    return *seconds;
}

Checked<Duration> parse_timeout(std::string_view text) {
    const auto seconds = parse_wait(text);
    if (seconds && *seconds < std::chrono::milliseconds(1)) return std::unexpected("'" + std::string(text) + "' is too short");
    return seconds;
}

template <std::uint64_t smallest, std::uint64_t greatest>
Checked<unsigned> parse_count(std::string_view text) {
    const auto number = parse_decimal(text);
    if (number && *number >= smallest && *number <= greatest) return static_cast<unsigned>(*number);
    return std::unexpected("'" + std::string(text) + "' is not a whole number from " + std::to_string(smallest) + " to " +
                           std::to_string(greatest));
}

Checked<ReportFormat> parse_report(std::string_view text) {
    if (text == "json") return ReportFormat::json;
    if (text == "tsv") return ReportFormat::tsv;
    return std::unexpected("'" + std::string(text) + "' is neither json nor tsv");
}

void declare_batch(CLI::App& app, Options& options) {
    app.add_option("-b,--batch", options.batch, "run the requests of this file, one a line; - is standard input")->type_name("FILE");
    add_parsed(app, "-j,--parallel", "N", "so many requests of a batch at once (default: 1, in order)", options.engine.parallel,
               parse_count<1, parallel_max>);
    app.add_flag("--fail-early", options.fail_early, "begin no more of a batch after the first failure");
    app.add_flag("--dry-run", options.dry_run, "check a batch and say what would be done, without a connection");
    add_parsed(app, "--report", "json|tsv", "a record for each request of a batch on standard output", options.report, parse_report);
    app.add_option("--report-file", options.report_file, "the records go there")->type_name("FILE");
    app.add_flag("-q,--quiet", options.quiet, "no status lines, no summary, no progress");
}

void declare_transfers(CLI::App& app, EngineSettings& engine) {
    app.add_option("-o,--output", engine.output_folder, "where downloads go (default: the current folder)")->type_name("DIR");
    app.add_flag("--no-clobber", engine.no_clobber, "replace no file, here or on the server");
    app.add_flag("--verify", engine.verify, "ask for digests of downloads and compare them");
    app.add_flag("!--no-digest", engine.send_digest, "send no digests of uploads");
    add_parsed(app, "--retry", "N", "how often a broken request is tried again (default: 3)", engine.retries, parse_count<0, retries_max>);
    add_parsed(app, "--retry-max-time", "SEC", "how long it may go on being tried (default: 5)", engine.retry_time, parse_wait);
    add_parsed(app, "--connect-timeout", "SEC", "how long a connection may take (default: 10)", engine.connect_timeout, parse_timeout);
    add_parsed(app, "--stall-timeout", "SEC", "how long no byte may go either way (default: 60)", engine.stall_timeout, parse_timeout);
}

[[noreturn]] void refuse(const CLI::App& app, const std::string& word) {
    if (!word.starts_with('-')) throw UsageError("unexpected argument '" + word + "': after HOST and PORT nothing follows");
    std::vector<std::string> names;
    for (const CLI::Option* option : app.get_options()) {
        if (!option->get_lnames().empty()) names.push_back(option->get_lnames().front());
    }
    const std::vector<std::string_view> known(names.begin(), names.end());
    const std::string name = word.substr(0, word.find('='));
    const std::size_t dashes = std::min(name.find_first_not_of('-'), name.size());
    throw UsageError("unknown option " + name + "; the nearest known one is --" +
                     std::string(nearest(name.substr(dashes), known)));
}

void check_together(const Options& options) {
    const bool wants_batch = options.dry_run || options.fail_early || options.engine.parallel > 1 || options.report != ReportFormat::none;
    if (wants_batch && !options.batch) throw UsageError("-j, --fail-early, --dry-run and --report are for a batch (--batch FILE)");
    if (!options.report_file.empty() && options.report == ReportFormat::none)
        throw UsageError("--report-file needs --report json or --report tsv");
}

}  // namespace

Options parse_options(std::span<const char* const> words) {
    Options options;
    bool version = false;
    CLI::App app(about, "filesrv-client");
    app.footer(statuses);
    app.set_help_flag("--help", "print this and exit");
    app.add_flag("--version", version, "print the version and exit");
    app.allow_extras();
    add_parsed(app, "HOST", "", "the server (default: localhost)", options.server.host, parse_server_host);
    add_parsed(app, "PORT", "", "its port (default: 8080)", options.server.port, parse_server_port);
    declare_batch(app, options);
    declare_transfers(app, options.engine);

    std::vector<std::string> reversed(words.rbegin(), words.rend());  // CLI11 takes its words from the back
    try {
        app.parse(std::move(reversed));
    } catch (const CLI::CallForHelp&) {
        options.information = app.help();
        return options;
    } catch (const CLI::ArgumentMismatch& error) {
        const std::string text = error.what();
        throw UsageError(text.substr(0, text.find(':')) + " needs a value");
    } catch (const CLI::ParseError& error) {
        throw UsageError(error.what());
    }
    if (version) options.information = version_line;
    if (version) return options;
    if (const auto extras = app.remaining(); !extras.empty()) refuse(app, extras.front());
    check_together(options);
    return options;
}

}  // namespace filesrv::client
