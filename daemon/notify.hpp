// SPDX-License-Identifier: MIT
// Telling the service manager how we are: sd_notify(3), spoken natively.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "os/fd.hpp"

namespace filesrv::daemon {

/// The notification socket. Every call is a no-op when nobody listens, and never waits. Any thread.
class Notifier {
public:
    /// Silent.
    Notifier() noexcept = default;
    /// Reads NOTIFY_SOCKET (a path, or @name for an abstract one) and WATCHDOG_USEC, WATCHDOG_PID.
    [[nodiscard]] static Notifier from_environment();

    [[nodiscard]] bool is_active() const noexcept { return socket_.is_open(); }
    /// How often watchdog() is due at least: half of what the manager waits for. Nothing when none runs.
    [[nodiscard]] std::optional<Duration> watchdog_interval() const noexcept { return watchdog_interval_; }

    // Best effort, and without memory less: of a message with a text the text is left out.
    void ready(std::string_view status) const noexcept;
    /// Ready again, after reloading(); the status stays.
    void ready_again() const noexcept;
    void status(std::string_view line) const noexcept;
    void reloading(Instant now) const noexcept;
    void stopping(std::string_view status) const noexcept;
    /// Stopping, which may take `longest`: the manager is asked not to lose patience before.
    void draining(std::string_view status, Duration longest) const noexcept;
    void watchdog() const noexcept;
    /// Cannot start: an errno, and the one line that says what is wrong.
    void failed(int error, std::string_view status) const noexcept;
    /// Another process is the service's main one from now on; what this one says would only be refused: it says no more.
    void hand_over(long successor) noexcept;
    /// Says nothing for the time: the manager hears its main process only, and that is still another one.
    void set_quiet(bool quiet) noexcept { quiet_ = quiet; }

private:
    void send(std::string_view message) const noexcept;
    template <class Make>
    void send_made(const Make& make, std::string_view without_memory) const noexcept;

    os::UniqueFd socket_;
    bool quiet_ = false;
    std::string address_;
    std::optional<Duration> watchdog_interval_;
};

/// Pure: the watchdog's interval from its two variables; null = not there.
[[nodiscard]] std::optional<Duration> parse_watchdog(const char* usec, const char* pid,
                                                     long own_pid) noexcept;

}  // namespace filesrv::daemon
