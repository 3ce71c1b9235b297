// SPDX-License-Identifier: MIT
// The command line, by CLI11.
#include "tools/filesrv-client/options.hpp"

#include <algorithm>
#include <array>
#include <iterator>
#include <utility>
#include <vector>

#include <CLI/CLI.hpp>

#include "base/assert.hpp"
#include "base/numbers.hpp"
#include "base/option_words.hpp"
#include "tools/filesrv-client/option_table.hpp"

namespace filesrv::client {
namespace {

constexpr std::uint64_t retries_max = 1000;
constexpr const char* version_line = "filesrv-client " FS_VERSION "\n";
constexpr const char* about =
    "A client for filesrvd and other HTTP file servers: a prompt (HELP there tells more), or a file of requests.";
constexpr const char* statuses =
    "Exit status: 0 all succeeded, 1 some answer was an error, 2 usage, 3 no connection, 130 interrupted;\n"
    "the worst of them for a batch.";

const OptionSpec& spec_of(std::string_view name) noexcept {
    const auto found = std::ranges::find(option_table, name, &OptionSpec::name);
    FS_ASSERT(found != std::end(option_table));
    return *found;
}

/// `-b,--batch`, as CLI11 declares them.
std::string names_of(const OptionSpec& spec) {
    std::string names;
    if (spec.letter != 0) names = {'-', spec.letter, ','};
    return names.append("--").append(spec.name);
}

/// One word of the command line, parsed; a complaint begins with its names.
template <class T, class Parse>
CLI::Option* add_word(CLI::App& app, const std::string& names, std::string_view help, T& into, Parse parse) {
    const auto read = [&into, parse, names](const std::string& text) {
        const auto value = parse(text);
        if (!value) throw CLI::ValidationError(names, value.error());
        into = *value;
    };
    return app.add_option_function<std::string>(names, read, std::string(help))->take_last();
}

template <class T, class Parse>
void add_parsed(CLI::App& app, std::string_view name, T& into, Parse parse) {
    const OptionSpec& spec = spec_of(name);
    add_word(app, names_of(spec), spec.help, into, parse)->type_name(std::string(spec.value));
}

/// The name of a file. Given twice, it is a mistake: which of two is meant?
template <class T>
void add_name(CLI::App& app, std::string_view name, T& into) {
    const OptionSpec& spec = spec_of(name);
    const auto read = [&into, name](const std::string& text) {
        if (text.empty()) throw UsageError("--" + std::string(name) + ": must not be empty");
        into = text;
    };
    app.add_option_function<std::string>(names_of(spec), read, std::string(spec.help))->type_name(std::string(spec.value));
}

/// Sets `into` to `meaning` when it is given.
void add_flag(CLI::App& app, std::string_view name, bool& into, bool meaning = true) {
    const OptionSpec& spec = spec_of(name);
    FS_ASSERT(spec.value.empty());
    app.add_flag_callback(names_of(spec), [&into, meaning] { into = meaning; }, std::string(spec.help));
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
    add_name(app, "batch", options.batch);
    add_parsed(app, "parallel", options.engine.parallel, parse_count<1, parallel_max>);
    add_flag(app, "fail-early", options.fail_early);
    add_flag(app, "dry-run", options.dry_run);
    add_parsed(app, "report", options.report, parse_report);
    add_name(app, "report-file", options.report_file);
    add_flag(app, "quiet", options.quiet);
}

void declare_transfers(CLI::App& app, EngineSettings& engine) {
    add_name(app, "output", engine.output_folder);
    add_flag(app, "no-clobber", engine.no_clobber);
    add_flag(app, "verify", engine.verify);
    add_flag(app, "no-digest", engine.send_digest, false);
    add_parsed(app, "retry", engine.retries, parse_count<0, retries_max>);
    add_parsed(app, "retry-max-time", engine.retry_time, parse_wait);
    add_parsed(app, "connect-timeout", engine.connect_timeout, parse_timeout);
    add_parsed(app, "stall-timeout", engine.stall_timeout, parse_timeout);
}

[[noreturn]] void refuse(const std::string& word) {
    if (!word.starts_with('-')) throw UsageError("unexpected argument '" + word + "': after HOST and PORT nothing follows");
    std::array<std::string_view, std::size(option_table)> known;
    std::ranges::transform(option_table, known.begin(), &OptionSpec::name);
    throw UsageError(unknown_option(word, known));
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
    app.set_help_flag();  // declared in its place below
    app.allow_extras();
    add_word(app, "HOST", "the server (default: localhost)", options.server.host, parse_server_host)->type_name("");
    add_word(app, "PORT", "its port (default: 8080)", options.server.port, parse_server_port)->type_name("");
    declare_batch(app, options);
    declare_transfers(app, options.engine);
    app.set_help_flag(names_of(spec_of("help")), std::string(spec_of("help").help));
    add_flag(app, "version", version);

    try {
        app.parse(reversed_words(words));
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
    if (const auto extras = app.remaining(); !extras.empty()) refuse(extras.front());
    check_together(options);
    return options;
}

}  // namespace filesrv::client
