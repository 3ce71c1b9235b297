// SPDX-License-Identifier: MIT
// What the service manager hears.
#include "daemon/notify.hpp"

#include <cstdlib>
#include <string>

#include <doctest/doctest.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

using namespace filesrv;
using namespace std::chrono_literals;
using filesrv::daemon::Notifier;
using filesrv::daemon::parse_watchdog;

namespace {

/// A manager's socket in the abstract namespace, and NOTIFY_SOCKET pointing at it.
class Manager {
public:
    Manager() : fd_(::socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)) {
        const std::string name = "filesrv-notify-" + std::to_string(::getpid());
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        name.copy(address.sun_path + 1, name.size());
        const auto length = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + 1 + name.size());
        REQUIRE(::bind(fd_, reinterpret_cast<const sockaddr*>(&address), length) == 0);
        ::setenv("NOTIFY_SOCKET", ('@' + name).c_str(), 1);
    }
    Manager(const Manager&) = delete;
    Manager& operator=(const Manager&) = delete;
    ~Manager() {
        ::close(fd_);
        ::unsetenv("NOTIFY_SOCKET");
    }
    [[nodiscard]] std::string heard() const {
        char text[512];
        const ssize_t got = ::recv(fd_, text, sizeof text, 0);
        return got < 0 ? std::string() : std::string(text, static_cast<std::size_t>(got));
    }

private:
    int fd_;
};

}  // namespace

TEST_CASE("the manager hears every message as it was meant") {
    const Manager manager;
    const Notifier notifier = Notifier::from_environment();
    REQUIRE(notifier.is_active());
    notifier.ready("serving /srv");
    CHECK(manager.heard() == "READY=1\nSTATUS=serving /srv");
    notifier.status("two\nlines");
    CHECK(manager.heard() == "STATUS=two lines");
    notifier.reloading(Instant(1500us));
    CHECK(manager.heard() == "RELOADING=1\nMONOTONIC_USEC=1500");
    notifier.watchdog();
    CHECK(manager.heard() == "WATCHDOG=1");
    notifier.failed(98, "port taken");
    CHECK(manager.heard() == "ERRNO=98\nSTATUS=port taken");
    notifier.stopping("idle");
    CHECK(manager.heard() == "STOPPING=1\nSTATUS=idle");
}

TEST_CASE("without a manager nothing happens") {
    ::unsetenv("NOTIFY_SOCKET");
    const Notifier notifier = Notifier::from_environment();
    CHECK_FALSE(notifier.is_active());
    notifier.ready("nobody hears");
    ::setenv("NOTIFY_SOCKET", "relative/path", 1);
    CHECK_FALSE(Notifier::from_environment().is_active());
    ::setenv("NOTIFY_SOCKET", "/nonexistent/notify", 1);
    Notifier::from_environment().ready("nobody hears");
    ::unsetenv("NOTIFY_SOCKET");
}

TEST_CASE("the watchdog is fed at half its time, if it is ours") {
    CHECK(parse_watchdog("3000000", "42", 42) == Duration(1500ms));
    CHECK(parse_watchdog("3000000", nullptr, 42) == Duration(1500ms));
    for (const auto& [usec, pid] : {std::pair<const char*, const char*>{nullptr, "42"},
                                    {"3000000", "43"},
                                    {"0", "42"},
                                    {"-1", "42"},
                                    {"", "42"},
                                    {"18446744073709551615", "42"},
                                    {"3000000", "x"}})
        CHECK(parse_watchdog(usec, pid, 42) == std::nullopt);
}

TEST_CASE("a drain and a second readiness are told as sd_notify(3) has them") {
    const Manager manager;
    const Notifier notifier = Notifier::from_environment();
    notifier.draining("finishing\nwhat is in flight", 35s);
    CHECK(manager.heard() == "STOPPING=1\nEXTEND_TIMEOUT_USEC=35000000\nSTATUS=finishing what is in flight");
    notifier.ready_again();
    CHECK(manager.heard() == "READY=1");
}
