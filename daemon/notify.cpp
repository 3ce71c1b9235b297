// SPDX-License-Identifier: MIT
// The notification protocol: datagrams of NAME=VALUE lines to the socket that NOTIFY_SOCKET names.
#include "daemon/notify.hpp"

#include <array>
#include <cstdio>
#include <cstdlib>
#include <new>

#include <unistd.h>

#include "base/assert.hpp"
#include "base/numbers.hpp"
#include "os/datagram.hpp"

namespace filesrv::daemon {
namespace {

/// A status is one line: a newline inside would begin another assignment.
std::string one_line(std::string_view text) {
    std::string line(text);
    for (char& c : line)
        if (c == '\n' || c == '\r') c = ' ';
    return line;
}

}  // namespace

std::optional<Duration> parse_watchdog(const char* usec, const char* pid, long own_pid) noexcept {
    FS_ASSERT(own_pid > 0);
    if (usec == nullptr) return std::nullopt;
    if (pid != nullptr && parse_decimal(pid) != static_cast<std::uint64_t>(own_pid)) return std::nullopt;
    constexpr std::uint64_t usec_max = 1'000'000'000'000'000;  // 31 years
    const auto parsed = parse_decimal(usec);
    if (!parsed || *parsed == 0 || *parsed > usec_max) return std::nullopt;
    return std::chrono::microseconds(*parsed) / 2;
}

Notifier Notifier::from_environment() {
    Notifier notifier;
    const char* address = std::getenv("NOTIFY_SOCKET");
    if (address == nullptr || (address[0] != '/' && address[0] != '@')) return notifier;
    auto socket = os::open_unix_datagram();
    if (!socket) return notifier;  // whoever waits for READY will say so
    notifier.socket_ = *std::move(socket);
    notifier.address_ = address;
    notifier.watchdog_interval_ =
        parse_watchdog(std::getenv("WATCHDOG_USEC"), std::getenv("WATCHDOG_PID"), ::getpid());
    return notifier;
}

void Notifier::send(std::string_view message) const noexcept {
    if (!is_active() || quiet_ || message.empty()) return;
    // Best effort, sd_notify(3): a manager that does not listen does not stop the service.
    (void)os::send_datagram(socket_.get(), address_, message);
}

/// What the manager must know to go on is never lost with the words for people.
template <class Make>
void Notifier::send_made(const Make& make, std::string_view without_memory) const noexcept {
    if (!is_active() || quiet_) return;
    try {
        send(make());
    } catch (const std::bad_alloc&) {
        send(without_memory);
    }
}

void Notifier::ready(std::string_view status) const noexcept {
    send_made([&] { return "READY=1\nSTATUS=" + one_line(status); }, "READY=1");
}

void Notifier::ready_again() const noexcept {
    send("READY=1");
}

void Notifier::status(std::string_view line) const noexcept {
    send_made([&] { return "STATUS=" + one_line(line); }, {});
}

void Notifier::reloading(Instant now) const noexcept {
    const auto usec = std::chrono::duration_cast<std::chrono::microseconds>(now.time_since_epoch()).count();
    std::array<char, 64> message;
    std::snprintf(message.data(), message.size(), "RELOADING=1\nMONOTONIC_USEC=%lld", static_cast<long long>(usec));
    send(message.data());
}

void Notifier::stopping(std::string_view status) const noexcept {
    send_made([&] { return "STOPPING=1\nSTATUS=" + one_line(status); }, "STOPPING=1");
}

void Notifier::draining(std::string_view status, Duration longest) const noexcept {
    const auto usec = std::chrono::ceil<std::chrono::microseconds>(longest).count();
    FS_ASSERT(usec > 0);
    // One message for the whole of it, sd_notify(3): it never shortens what the unit grants.
    std::array<char, 64> head;
    std::snprintf(head.data(), head.size(), "STOPPING=1\nEXTEND_TIMEOUT_USEC=%lld", static_cast<long long>(usec));
    send_made([&] { return std::string(head.data()) + "\nSTATUS=" + one_line(status); }, head.data());
}

void Notifier::watchdog() const noexcept {
    send("WATCHDOG=1");
}

void Notifier::failed(int error, std::string_view status) const noexcept {
    send_made([&] { return "ERRNO=" + std::to_string(error) + "\nSTATUS=" + one_line(status); }, {});
}

void Notifier::hand_over(long successor) noexcept {
    FS_ASSERT(successor > 1);
    std::array<char, 32> message;
    std::snprintf(message.data(), message.size(), "MAINPID=%ld", successor);
    send(message.data());
    socket_.reset();
    watchdog_interval_.reset();
}

}  // namespace filesrv::daemon
