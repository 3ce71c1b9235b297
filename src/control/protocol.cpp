// SPDX-License-Identifier: MIT
// The control socket's protocol as data.
#include "control/protocol.hpp"

#include <algorithm>
#include <array>

#include "base/assert.hpp"
#include "base/nearest.hpp"
#include "observe/json_text.hpp"

namespace filesrv::control {
namespace {

static_assert(protocol_version == 1, "Answer says 1");

struct CommandSpec {
    Command command;
    std::string_view name;
    std::string_view argument;  ///< what it is called; empty = takes none
};

constexpr std::array specs = {
    CommandSpec{Command::ping, "ping", ""},         CommandSpec{Command::status, "status", ""},
    CommandSpec{Command::connections, "connections", ""}, CommandSpec{Command::reload, "reload", ""},
    CommandSpec{Command::drain, "drain", ""},       CommandSpec{Command::stop, "stop", ""},
    CommandSpec{Command::upgrade, "upgrade", ""},   CommandSpec{Command::log_level, "log-level", "LEVEL"},
    CommandSpec{Command::kick, "kick", "ID"},
};

/// Text of somebody else's within an error: not longer than a clause can bear.
std::string quoted(std::string_view text) {
    constexpr std::size_t shown_max = 40;
    if (text.size() <= shown_max) return "'" + std::string(text) + "'";
    return "'" + std::string(text.substr(0, shown_max)) + "…'";
}

/// A JSON string. Bytes that are no UTF-8 show as U+FFFD; the line stays a line.
std::string json_text(std::string_view text) {
    std::string json;
    observe::append_json_string(json, text, observe::JsonLetters::as_they_are);
    return json;
}

std::string_view nearest_name(std::string_view word) {
    std::array<std::string_view, specs.size()> names;
    std::ranges::transform(specs, names.begin(), &CommandSpec::name);
    return nearest(word, names);
}

std::unexpected<Refusal> refusal(Code code, std::string error) {
    return std::unexpected(Refusal{.code = code, .error = std::move(error)});
}

}  // namespace

std::string_view name(Command command) noexcept {
    const auto* found = std::ranges::find(specs, command, &CommandSpec::command);
    FS_ASSERT(found != specs.end());
    return found->name;
}

std::string_view name(Code code) noexcept {
    switch (code) {
        case Code::unknown_command: return "unknown_command";
        case Code::bad_argument: return "bad_argument";
        case Code::too_long: return "too_long";
        case Code::refused: return "refused";
        case Code::busy: return "busy";
        case Code::not_found: return "not_found";
        case Code::failed: return "failed";
        case Code::draining: return "draining";
    }
    FS_UNREACHABLE("unknown code");
}

std::expected<Request, Refusal> parse_request(std::string_view line) {
    FS_ASSERT(!line.contains('\n'));
    if (line.ends_with('\r')) line.remove_suffix(1);
    const std::string_view word = line.substr(0, line.find(' '));
    const auto* found = std::ranges::find(specs, word, &CommandSpec::name);
    if (word.empty()) return refusal(Code::unknown_command, "no command before the end of the line, or before a space");
    if (found == specs.end())
        return refusal(Code::unknown_command, "unknown command " + quoted(word) + "; the nearest known one is " + std::string(nearest_name(word)));
    const bool has_more = word.size() < line.size();
    const std::string_view argument = has_more ? line.substr(word.size() + 1) : std::string_view();
    const std::string called(found->name);
    if (found->argument.empty() && has_more) return refusal(Code::bad_argument, called + " takes no argument, and not " + quoted(argument));
    if (!found->argument.empty() && argument.empty()) return refusal(Code::bad_argument, called + ' ' + std::string(found->argument) + ": the argument is missing");
    if (argument.contains(' ')) return refusal(Code::bad_argument, called + " takes one argument, and not " + quoted(argument));
    return Request{.command = found->command, .argument = std::string(argument)};
}

Answer& Answer::add(std::string_view name, std::string_view text) { return add_json(name, json_text(text)); }

Answer& Answer::add(std::string_view name, std::uint64_t number) { return add_json(name, std::to_string(number)); }

Answer& Answer::add_json(std::string_view name, std::string_view json) {
    FS_ASSERT(!json.empty() && !json.contains('\n'));
    text_.append(",\"").append(name).append("\":").append(json);
    return *this;
}

std::string line_of(const Refusal& refusal) {
    FS_ASSERT(!refusal.error.empty());
    return R"({"ok":false,"protocol":1,"code":")" + std::string(name(refusal.code)) + R"(","error":)" + json_text(refusal.error) + "}\n";
}

}  // namespace filesrv::control
