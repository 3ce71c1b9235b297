// SPDX-License-Identifier: MIT
// The starter's own life. One thread, no loop: it waits for one thing at a time.
#include "daemon/starter_process.hpp"

#include <array>
#include <csignal>
#include <cstdlib>
#include <optional>
#include <string>
#include <vector>

#include "base/assert.hpp"
#include "base/numbers.hpp"
#include "daemon/activation.hpp"
#include "daemon/after_start.hpp"
#include "daemon/handover.hpp"
#include "os/channel.hpp"
#include "os/clock.hpp"
#include "os/signals.hpp"
#include "os/thread.hpp"
#include "os/wait_readable.hpp"

namespace filesrv::daemon {
namespace {

/// A start takes milliseconds; a big folder on a cold disk some more.
constexpr auto start_patience = std::chrono::seconds(10);

/// Signals to the whole group (a terminal's, killall's) are for the daemon: the starter leaves when the daemon does.
class SignalsIgnored {
public:
    SignalsIgnored() {
        for (const int signal : {SIGTERM, SIGINT, SIGHUP, SIGQUIT, SIGUSR2}) {
            if (auto ignored = os::SignalHandler::install(signal, SIG_IGN)) handlers_.push_back(std::move(*ignored));
        }
    }
    /// As they were: a program inherits what is ignored, execve(2).
    void restore() noexcept { handlers_.clear(); }

private:
    std::vector<os::SignalHandler> handlers_;
};

void set_variable(const char* name, const std::string& value) { (void)::setenv(name, value.c_str(), 1); }

/// Everything that names a process names this one now.
void set_environment(std::string_view order, std::size_t listeners, os::ProcessId daemon) {
    const std::string own = std::to_string(os::own_process_id());
    const std::size_t newline = order.find('\n');
    FS_ASSERT(newline != std::string_view::npos);
    set_variable("LISTEN_PID", own);
    set_variable("LISTEN_FDS", std::to_string(listeners));
    set_variable("LISTEN_FDNAMES", std::string(order.substr(0, newline)));
    set_variable(succession_variable, own + ':' + std::string(order.substr(newline + 1)));
    const char* watched = std::getenv("WATCHDOG_PID");
    if (watched != nullptr && watched == std::to_string(daemon)) set_variable("WATCHDOG_PID", own);
}

/// The grandchild's way into its program.
[[noreturn]] void become_successor(os::Message order, os::UniqueFd report, const os::Program& program, os::ProcessId daemon) {
    set_environment(order.text, order.fds.size() - 1, daemon);
    // The listeners, the report, the link: and of the report one copy more, to say on what may go wrong here.
    std::vector<os::UniqueFd> fds = std::move(order.fds);
    const int report_number = first_inherited_fd + static_cast<int>(fds.size()) - 1;
    fds.insert(fds.end() - 1, std::move(report));
    std::optional<Error> failed;
    if (auto placed = os::place_descriptors(first_inherited_fd, std::move(fds)); !placed) failed = placed.error();
    else failed = os::execute(program);
    (void)os::send_message(os::Fd(report_number), std::string(successor_failed) + failed->message());
    os::leave_copy();
}

/// Waits for the successor's reports, the daemon's end, or the end of patience.
class Attempt {
public:
    Attempt(os::Fd daemon, os::Fd report) noexcept : daemon_(daemon), report_(report) {}

    /// Its process id as text once it is ready, or why it is not. Kills one that is late, or that nobody waits for.
    std::string result() {
        const Instant deadline = os::monotonic_now() + start_patience;
        bool ready = false;
        while (os::wait_readable(std::array{daemon_, report_}, deadline - os::monotonic_now())) {
            if (!os::any_readable(std::array{report_})) {  // so the daemon has gone, or wants no successor
                kill(SIGKILL);
                os::leave_copy();
            }
            const auto said = os::receive_message(report_, os::Patience::none);
            if (!said) return said.error().message();
            if (said->is_end()) return "the new process ended before it was ready";
            if (said->text.starts_with(successor_failed)) return said->text.substr(successor_failed.size());
            if (const auto pid = parse_decimal(said->text)) process_ = static_cast<os::ProcessId>(*pid);
            ready = ready || said->text == successor_ready;
            if (ready && process_ != 0) return std::to_string(process_);
        }
        kill(SIGKILL);
        return "the new process was not ready within " + std::to_string(start_patience.count()) + " s";
    }

    /// Only while its end of the report is open, or not yet read to its end: else the number may be another's.
    void kill(int signal) const noexcept {
        if (process_ != 0) os::send_signal(process_, signal);
    }
    [[nodiscard]] bool is_ready(const std::string& result) const noexcept {
        return process_ != 0 && result == std::to_string(process_);
    }

private:
    const os::Fd daemon_;
    const os::Fd report_;
    os::ProcessId process_ = 0;  // not known yet
};

/// Forks twice and waits for the process between. Returns our end of the report, or why there is none.
Result<os::UniqueFd> start_successor(os::Message order, const os::Program& program, os::ProcessId daemon,
                                     SignalsIgnored& signals) {
    auto report = os::open_channel();
    if (!report) return std::unexpected(report.error());
    const auto between = os::fork_process();
    if (!between) return std::unexpected(between.error());
    if (*between == 0) {
        const auto successor = os::fork_process();
        if (successor && *successor == 0) {
            signals.restore();
            become_successor(std::move(order), std::move(report->second), program, daemon);
        }
        // Said here, so that it is said when we are gone: a starter that has to give up knows whom to kill.
        (void)os::send_message(report->second.get(), successor ? std::to_string(*successor)
                                                               : std::string(successor_failed) + successor.error().message());
        os::leave_copy();
    }
    os::await_child(*between);
    return std::move(report->first);
}

}  // namespace

void run_starter(os::UniqueFd channel, const os::Program& program, os::ProcessId daemon) {
    // The daemon's end of the channel among them: while we held it we would never see it close.
    os::close_descriptors(first_inherited_fd, channel.get());
    os::name_this_thread("filesrvd-start");
    SignalsIgnored signals;
    // Most of them end unused, and sleep till then.
    if (!os::wait_readable(std::array{channel.get()}, start_is_over_after)) os::give_back_program_pages();
    for (;;) {
        // A look before the receiving, which has room for the longest message: asleep, the process owns hardly a page.
        (void)os::wait_readable(std::array{channel.get()}, std::nullopt);
        auto order = os::receive_message(channel.get(), os::Patience::for_ever);
        if (!order || order->is_end() || order->fds.empty()) os::leave_copy();
        const auto report = start_successor(std::move(*order), program, daemon, signals);
        if (!report) {
            if (!os::send_message(channel.get(), report.error().message())) os::leave_copy();
            continue;
        }
        Attempt attempt(channel.get(), report->get());
        const std::string result = attempt.result();
        const bool told = os::send_message(channel.get(), result).has_value();
        if (!attempt.is_ready(result)) continue;
        const auto answer = os::receive_message(channel.get(), os::Patience::for_ever);
        if (told && answer && answer->text == starter_declined) continue;  // it leaves by itself
        if (!told || !answer || answer->text != starter_accepted) attempt.kill(SIGTERM);
        os::leave_copy();
    }
}

}  // namespace filesrv::daemon
