// SPDX-License-Identifier: MIT
// One user at one server: lines in, answers out.
#include "tools/filesrv-client/prompt_session.hpp"

#include <unistd.h>

#include <cstdio>
#include <system_error>

#include "base/assert.hpp"
#include "base/readable.hpp"
#include "base/utf8.hpp"
#include "os/clock.hpp"
#include "tools/filesrv-client/local_names.hpp"
#include "tools/filesrv-client/progress_line.hpp"
#include "tools/filesrv-client/prompt_requests.hpp"
#include "tools/filesrv-client/remote_folder.hpp"

namespace filesrv::client {
namespace {

constexpr Duration completion_takes_at_most = std::chrono::seconds(2);  ///< nobody waits longer for TAB

/// What people call the transfer: the file here, or the one there.
std::string title_of(const Request& request) {
    const std::string& path = request.verb == Verb::get ? request.local : request.remote;
    return printable(std::string_view(path).substr(path.rfind('/') + 1));
}

/// `photo.jpg: 1.2 MiB in 310 ms, 3.9 MiB/s`, `/photo.jpg: removed`.
std::string summary_of(const Request& request, const Outcome& outcome) {
    std::string text = printable(request.verb == Verb::get ? request.local : '/' + request.remote) + ": ";
    if (request.verb == Verb::remove) return text + "removed";
    append_size(text, outcome.bytes);
    text += " in ";
    append_duration(text, outcome.took);
    const std::chrono::duration<double> seconds = outcome.took;
    if (seconds > std::chrono::milliseconds(100)) {
        text += ", ";
        append_size(text, static_cast<std::uint64_t>(static_cast<double>(outcome.bytes) / seconds.count()));
        text += "/s";
    }
    if (outcome.resumed_at > 0) {
        text += ", after ";
        append_size(text, outcome.resumed_at);
        text += " that were here";
    }
    if (outcome.verified) text += ", verified";
    if (outcome.unverified) text += ", not verified: the server gives no digest";
    return text;
}

void say(const std::string& text) {
    std::fputs(text.c_str(), stdout);
    std::fflush(stdout);  // before whatever standard error and the terminal get next
}

void complain(const std::string& where, const std::string& text) { std::fputs((where + text + '\n').c_str(), stderr); }

Checked<std::string> listing_of(Engine& engine, const Request& request) {
    const Outcome outcome = engine.run(request, {.deadline = os::monotonic_now() + completion_takes_at_most});
    return outcome.ok() ? Checked<std::string>(outcome.body) : std::unexpected(outcome.error);
}

}  // namespace

PromptSession::PromptSession(const Options& options)
    : server_(options.server), output_folder_(options.engine.output_folder), quiet_(options.quiet), engine_(options.engine),
      remote_names_(server_, [this](const Request& request) { return listing_of(engine_, request); }, os::monotonic_now) {}

PromptSession::Ended PromptSession::run_line(std::string_view line, const std::string& where) {
    const auto command = parse_command(line);
    if (!command) {
        complain(where, command.error());
        return {.status = ExitStatus::usage};
    }
    if (!*command) return {};
    switch ((*command)->verb) {
        case PromptVerb::quit: return {.next = Next::leave};
        case PromptVerb::help:
            say((*command)->first.empty() ? help_of_all() : help_of(*find_verb((*command)->first)));
            return {};
        case PromptVerb::get:
        case PromptVerb::post:
        case PromptVerb::put:
        case PromptVerb::remove:
        case PromptVerb::head:
        case PromptVerb::ls: break;
    }
    return {.status = run_request(**command, where)};
}

ExitStatus PromptSession::run_request(const Command& command, const std::string& where) {
    const auto is_folder = [this](const std::string& name) {
        std::error_code unknown;
        return std::filesystem::is_directory(output_folder_ / name, unknown);
    };
    const auto request = request_of(command, server_, is_folder);
    if (!request) {
        complain(where, request.error());
        return ExitStatus::usage;
    }
    const Outcome outcome = transfer(*request);
    if (is_upload(request->verb) || request->verb == Verb::remove) remote_names_.forget();
    return show(*request, outcome, where);
}

Outcome PromptSession::transfer(const Request& request) {
    interrupts_.forget();
    ProgressLine line(os::Fd(STDERR_FILENO), title_of(request));
    Hooks hooks{.cancel = interrupts_.flag()};
    if (!quiet_) hooks.progress = [&line](const Request&, const Progress& progress) { line.update(progress); };
    return engine_.run(request, hooks);
}

ExitStatus PromptSession::show(const Request& request, const Outcome& outcome, const std::string& where) const {
    std::string text;
    if (!outcome.status_line.empty() && !quiet_) text = outcome.status_line + '\n';
    if (!outcome.ok()) {
        say(text);
        complain(where, printable(outcome.error));
        return exit_status_of(outcome.failure);
    }
    if (request.verb == Verb::list) {
        const auto items = parse_remote_folder(outcome.body);
        say(text + (items ? folder_text(*items) : ""));
        if (items) return ExitStatus::success;
        complain(where, items.error());
        return ExitStatus::answer;
    }
    if (request.verb == Verb::head) text += outcome.fields;
    else if (!quiet_) text += summary_of(request, outcome) + '\n';
    say(text);
    return ExitStatus::success;
}

std::vector<NameThere> PromptSession::names(const CompletionPoint& point) {
    switch (point.names) {
        case Names::nothing: return {};
        case Names::verb: return verb_names(point.typed);
        case Names::local: return local_names("." / std::filesystem::path(point.folder));
        case Names::saved: return local_names(output_folder_ / point.folder);
        case Names::remote: return remote_names_.in(point.folder);
    }
    FS_UNREACHABLE("names of no kind");
}

}  // namespace filesrv::client
