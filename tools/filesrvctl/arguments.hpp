// SPDX-License-Identifier: MIT
// The command line: every command and option, once. Read by the parser, --help, the completions and the manual's test.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/clock.hpp"

namespace filesrv::ctl {

enum class Command : std::uint8_t {
    status, top, connections, transfers, metrics, reload, drain, stop, upgrade, log_level, kick, ping, doctor, version,
    help, own_version,  ///< --help and --version, which win over any other
};

struct CommandSpec {
    Command command;
    std::string_view name;
    std::string_view argument;  ///< empty when it takes none
    std::string_view help;
};

inline constexpr CommandSpec command_table[] = {
    {Command::status, "status", "", "how the daemon is, running or asleep"},
    {Command::top, "top", "", "the same and its connections, live on the whole screen; q leaves"},
    {Command::connections, "connections", "", "every connection: peer, state, request, bytes, rate, worker, seconds to its timeout"},
    {Command::transfers, "transfers", "", "downloads and uploads under way, with progress and time left"},
    {Command::metrics, "metrics", "", "all counters as Prometheus text"},
    {Command::reload, "reload", "", "read the configuration again, and reopen the logs"},
    {Command::drain, "drain", "", "take no more connections, finish what is in flight, leave"},
    {Command::stop, "stop", "", "leave now"},
    {Command::upgrade, "upgrade", "", "start the program anew and hand the connections over; no request fails"},
    {Command::log_level, "log-level", "LEVEL", "log from this level on: trace, debug, info, warning or error"},
    {Command::kick, "kick", "ID", "close that connection, whatever it does"},
    {Command::ping, "ping", "", "ask for a sign of life"},
    {Command::doctor, "doctor", "", "look for what is wrong, and name the command that mends it"},
    {Command::version, "version", "", "print the versions of filesrvctl and of the daemon"},
};

struct OptionSpec {
    std::string_view name;   ///< long, without dashes
    std::string_view value;  ///< empty for a flag; in brackets where it may be left out, after a `=`
    std::string_view help;
};

inline constexpr OptionSpec option_table[] = {
    {"socket", "PATH", "the control socket; needed only when several daemons live"},
    {"json", "", "print JSON, one object a line, with its schema number"},
    {"watch", "[=SEC]", "with status: print it again every SEC seconds (default: 2)"},
    {"no-wait", "", "with reload, drain, stop and upgrade: do not wait for the result"},
    {"help", "", "print this and exit"},
    {"version", "", "print the version of filesrvctl and exit"},
};

struct Example {
    std::string_view line;
    std::string_view why;
};

inline constexpr Example example_table[] = {
    {"filesrvctl status", "also of a daemon that sleeps, without waking it"},
    {"filesrvctl status --watch=5", "every five seconds"},
    {"filesrvctl transfers", "who loads what, and how long it will take"},
    {"filesrvctl connections --json | jq -r '.connections[].peer'", "for programs"},
    {"filesrvctl metrics >/var/lib/node_exporter/filesrv.prom", "for Prometheus"},
    {"filesrvctl doctor", "when nothing answers"},
    {"filesrvctl upgrade && filesrvctl version", "after a new package, without a pause"},
};

struct Arguments {
    Command command = Command::status;
    std::string argument;
    std::string socket;  ///< empty = look for it
    bool json = false;
    bool no_wait = false;
    std::optional<Duration> watch;
};

/// Parses the words after the program's name. Throws Failure (2) that names the word and the nearest known one.
[[nodiscard]] Arguments parse_arguments(std::span<const char* const> words);

[[nodiscard]] const CommandSpec& spec_of(Command command);

/// The text of --help.
[[nodiscard]] std::string help_text();

}  // namespace filesrv::ctl
