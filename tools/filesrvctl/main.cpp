// SPDX-License-Identifier: MIT
// filesrvctl: shows and steers filesrvd. Here only which command it is, and how its end becomes an exit status.
#include <algorithm>
#include <cstdio>
#include <exception>
#include <iterator>
#include <span>
#include <string>

#include "base/assert.hpp"
#include "tools/filesrvctl/arguments.hpp"
#include "tools/filesrvctl/commands.hpp"
#include "tools/filesrvctl/exit_status.hpp"
#include "tools/filesrvctl/json_text.hpp"
#include "tools/filesrvctl/output.hpp"
#include "tools/filesrvctl/version.hpp"

namespace filesrv::ctl {
namespace {

Exit run(const Arguments& arguments) {
    switch (arguments.command) {
        case Command::status: return arguments.watch ? watch_status(arguments) : show_status(arguments);
        case Command::top: return show_top(arguments);
        case Command::connections: return show_connections(arguments);
        case Command::transfers: return show_transfers(arguments);
        case Command::metrics: return show_metrics(arguments);
        case Command::reload: return reload(arguments);
        case Command::drain:
        case Command::stop: return drain_or_stop(arguments);
        case Command::upgrade: return upgrade(arguments);
        case Command::log_level: return set_log_level(arguments);
        case Command::kick: return kick(arguments);
        case Command::ping: return ping(arguments);
        case Command::doctor: return run_doctor(arguments);
        case Command::version: return show_version(arguments);
        case Command::own_version: print("filesrvctl " + std::string(version_text)); return Exit::ok;
        case Command::help: std::fputs(help_text().c_str(), stdout); return std::fflush(stdout) == 0 ? Exit::ok : Exit::failed;
    }
    FS_UNREACHABLE("a command of no kind");
}

constexpr Command orders[] = {Command::reload, Command::drain, Command::stop, Command::upgrade, Command::log_level, Command::kick};

/// Once more where who was found has gone before it answered: by now it sleeps, or another serves. An order that was heard
/// is not given to another.
Exit run_to_the_end(const Arguments& arguments) {
    try {
        return run(arguments);
    } catch (const Gone& gone) {
        const bool runs = find_again(arguments.socket).state == InstanceState::running;
        if (runs && gone.asked() && std::ranges::find(orders, arguments.command) != std::end(orders)) throw;
    }
    return run(arguments);
}

Exit tell(const std::string& line, Exit status) {
    std::fprintf(stderr, "filesrvctl: %s\n", line.c_str());
    return status;
}

/// Programs read standard output: they find the reason there too.
void tell_programs(const Failure& failure) {
    const std::string line = json_object({{"exit", std::to_string(static_cast<int>(failure.status()))}, {"error", json_string(failure.what())}});
    std::printf("%s\n", line.c_str());
}

Exit guarded(std::span<const char* const> words) {
    bool json = false;
    try {
        const Arguments arguments = parse_arguments(words);
        json = arguments.json;
        return run_to_the_end(arguments);
    } catch (const Failure& failure) {
        if (json) tell_programs(failure);
        return tell(failure.what(), failure.status());
    } catch (const std::exception& error) {
        return tell(error.what(), Exit::failed);
    }
}

}  // namespace
}  // namespace filesrv::ctl

int main(int count, char** arguments) {
    const std::span<const char* const> words(arguments, static_cast<std::size_t>(count));
    return static_cast<int>(filesrv::ctl::guarded(words.empty() ? words : words.subspan(1)));
}
