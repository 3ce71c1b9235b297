// SPDX-License-Identifier: MIT
// Whether a person is looking, how much they see, and their keys one by one; termios(3), ioctl_tty(2).
#include "os/terminal.hpp"

#include <array>
#include <cerrno>
#include <csignal>
#include <span>

#include <poll.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include "base/assert.hpp"

namespace filesrv::os {
namespace {

// XTerm's private modes, as every terminal of today has them: 1049 = the other screen, with the cursor kept; 25 = the cursor;
// 7 = a line that is full goes on below.
constexpr std::string_view enter_screen = "\033[?1049h\033[?25l\033[?7l\033[2J";
constexpr std::string_view leave_screen = "\033[?7h\033[?25h\033[0m\033[?1049l";

// For the handler of a signal, which can reach nothing else.
struct Former {
    int terminal = -1;
    termios mode{};
    std::string_view leave{};  ///< written before the mode comes back
};
Former former;

constexpr std::array fatal_signals = {SIGABRT, SIGSEGV, SIGBUS, SIGFPE, SIGILL};
constexpr std::array ending_signals = {SIGTERM, SIGHUP};

/// Only calls that are safe in a signal handler: signal-safety(7) has both.
void restore() noexcept {
    if (former.terminal < 0) return;
    const int terminal = std::exchange(former.terminal, -1);
    [[maybe_unused]] const ssize_t written = ::write(terminal, former.leave.data(), former.leave.size());
    (void)::tcsetattr(terminal, TCSANOW, &former.mode);
}

/// The default action follows when the instruction, or abort(3), comes again.
void on_fault(int signal) {
    restore();
    (void)::raise(signal);
}

void handle(std::span<const int> signals, bool ours) noexcept {
    struct sigaction action = {};
    action.sa_handler = ours ? on_fault : SIG_DFL;
    action.sa_flags = static_cast<int>(SA_RESETHAND);
    for (const int signal : signals) {
        struct sigaction present = {};
        FS_ASSERT(::sigaction(signal, nullptr, &present) == 0);
        if (present.sa_handler == SIG_IGN) continue;  // nohup(1)
        FS_ASSERT(::sigaction(signal, &action, nullptr) == 0);
    }
}

}  // namespace

bool is_terminal(Fd fd) noexcept { return ::isatty(fd.number()) == 1; }

std::optional<WindowSize> window_size(Fd terminal) noexcept {
    winsize size{};
    if (::ioctl(terminal.number(), TIOCGWINSZ, &size) != 0 || size.ws_col == 0 || size.ws_row == 0) return std::nullopt;
    return WindowSize{.columns = size.ws_col, .rows = size.ws_row};
}

Result<FullScreen> FullScreen::enter(Fd terminal) noexcept {
    FS_ASSERT(former.terminal < 0);
    if (::tcgetattr(terminal.number(), &former.mode) != 0) return failure(errno, "tcgetattr");
    termios mode = former.mode;
    ::cfmakeraw(&mode);
    former.terminal = terminal.number();
    former.leave = leave_screen;
    handle(fatal_signals, true);
    if (::tcsetattr(terminal.number(), TCSANOW, &mode) != 0) {
        const int error = errno;
        former.terminal = -1;
        return failure(error, "tcsetattr");
    }
    FullScreen screen(terminal);
    if (!write_all(terminal, enter_screen)) return failure(EIO, "write", "the terminal");
    return screen;
}

FullScreen::~FullScreen() {
    if (!terminal_.is_open()) return;
    restore();
    handle(fatal_signals, false);
}

Result<KeptMode> KeptMode::keep(Fd terminal) noexcept {
    FS_ASSERT(former.terminal < 0);
    if (::tcgetattr(terminal.number(), &former.mode) != 0) return failure(errno, "tcgetattr");
    former.terminal = terminal.number();
    former.leave = {};
    handle(fatal_signals, true);
    handle(ending_signals, true);
    return KeptMode(terminal);
}

KeptMode::~KeptMode() {
    if (!terminal_.is_open()) return;
    restore();
    handle(fatal_signals, false);
    handle(ending_signals, false);
}

std::optional<char> read_key(Fd terminal) noexcept {
    char key = 0;
    ssize_t got = 0;
    do { got = ::read(terminal.number(), &key, 1); } while (got < 0 && errno == EINTR);
    return got == 1 ? std::optional(key) : std::nullopt;
}

bool write_all(Fd terminal, std::string_view text) noexcept {
    while (!text.empty()) {
        const ssize_t written = ::write(terminal.number(), text.data(), text.size());
        if (written >= 0) {
            text.remove_prefix(static_cast<std::size_t>(written));
        } else if (errno == EAGAIN) {
            pollfd entry{.fd = terminal.number(), .events = POLLOUT, .revents = 0};
            (void)::poll(&entry, 1, 1000);
        } else if (errno != EINTR) {
            return false;
        }
    }
    return true;
}

}  // namespace filesrv::os
