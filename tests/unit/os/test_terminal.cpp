// SPDX-License-Identifier: MIT
// Terminals, on pairs of pseudo-terminals, pty(7): modes that come back, also when the process dies.
#include "os/terminal.hpp"

#include <array>
#include <cerrno>
#include <csignal>
#include <string>
#include <thread>

#include <doctest/doctest.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include "base/assert.hpp"
#include "os/wait_readable.hpp"

using namespace filesrv;
using namespace filesrv::os;
using namespace std::chrono_literals;

namespace {

constexpr std::string_view begins_screen = "\033[?1049h";
constexpr std::string_view ends_screen = "\033[?1049l";

/// Both ends: what a person sees and types, and what a program has.
struct Terminal {
    UniqueFd person = UniqueFd::adopt(::posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC));
    UniqueFd program;

    Terminal() {
        REQUIRE(person.is_open());
        REQUIRE(::grantpt(person.number()) == 0);
        REQUIRE(::unlockpt(person.number()) == 0);
        program = open(O_RDWR);
    }
    [[nodiscard]] UniqueFd open(int flags) const {
        std::array<char, 64> name{};
        REQUIRE(::ptsname_r(person.number(), name.data(), name.size()) == 0);
        UniqueFd opened = UniqueFd::adopt(::open(name.data(), flags | O_NOCTTY | O_CLOEXEC));
        REQUIRE(opened.is_open());
        return opened;
    }
    /// What is shown, up to and with `last`.
    [[nodiscard]] std::string shown_until(std::string_view last) const {
        std::string shown;
        const std::array from{person.get()};
        while (shown.find(last) == std::string::npos) {
            std::array<char, 4096> piece;
            REQUIRE(wait_readable(from, 20s));
            const ssize_t got = ::read(person.number(), piece.data(), piece.size());
            REQUIRE(got > 0);
            shown.append(piece.data(), static_cast<std::size_t>(got));
        }
        return shown;
    }
    void type(std::string_view text) const { REQUIRE(::write(person.number(), text.data(), text.size()) == static_cast<ssize_t>(text.size())); }
    [[nodiscard]] bool edits_lines() const {
        termios mode{};
        REQUIRE(::tcgetattr(program.number(), &mode) == 0);
        return (mode.c_lflag & ICANON) != 0 && (mode.c_lflag & ECHO) != 0;
    }
};

void make_raw(Fd terminal) {
    termios mode{};
    FS_ASSERT(::tcgetattr(terminal.number(), &mode) == 0);
    ::cfmakeraw(&mode);
    FS_ASSERT(::tcsetattr(terminal.number(), TCSANOW, &mode) == 0);
}

/// The signal that ends a child which does this to the terminal; 0: it came to its end.
template <class Deed>
int ends_by(const Terminal& terminal, Deed deed) {
    const pid_t child = ::fork();
    if (child == 0) {
        deed(terminal.program.get());
        ::_exit(0);
    }
    int status = 0;
    REQUIRE(::waitpid(child, &status, 0) == child);
    return WIFSIGNALED(status) ? WTERMSIG(status) : 0;
}

}  // namespace

TEST_CASE("the screen is taken whole, keys come one by one, and all of it comes back") {
    const Terminal terminal;
    CHECK(terminal.edits_lines());
    {
        auto screen = FullScreen::enter(terminal.program.get());
        REQUIRE(screen);
        const FullScreen kept = std::move(*screen);  // what is moved from gives nothing back
        CHECK(terminal.shown_until("\033[2J").starts_with(begins_screen));
        CHECK_FALSE(terminal.edits_lines());
        terminal.type("\x03q");
        CHECK(read_key(terminal.program.get()) == '\x03');
        CHECK(read_key(terminal.program.get()) == 'q');
    }
    CHECK(terminal.edits_lines());
    CHECK_FALSE(terminal.shown_until(ends_screen).empty());
    CHECK(FullScreen::enter(terminal.program.get()));  // and again
}

TEST_CASE("a terminal comes back from a program that aborts in its full screen") {
    const Terminal terminal;
    CHECK(ends_by(terminal, [](Fd program) {
              const auto screen = FullScreen::enter(program);
              ::abort();
          }) == SIGABRT);
    CHECK(terminal.edits_lines());
    CHECK(terminal.shown_until(ends_screen).starts_with(begins_screen));
}

TEST_CASE("a mode comes back however the program ends, and nothing is written") {
    for (const int signal : {0, SIGTERM, SIGHUP, SIGABRT}) {
        CAPTURE(signal);
        const Terminal terminal;
        CHECK(ends_by(terminal, [&](Fd program) {
                  const auto kept = KeptMode::keep(program);
                  make_raw(program);
                  if (signal == SIGABRT) ::abort();
                  if (signal != 0) (void)::raise(signal);
              }) == signal);
        CHECK(terminal.edits_lines());
    }
    const Terminal terminal;
    {
        const auto kept = KeptMode::keep(terminal.program.get());
        make_raw(terminal.program.get());
        CHECK_FALSE(terminal.edits_lines());
    }
    CHECK(terminal.edits_lines());
    CHECK_FALSE(any_readable(std::array{terminal.person.get()}));
}

TEST_CASE("a hang-up that is ignored stays ignored") {  // nohup(1)
    const Terminal terminal;
    CHECK(ends_by(terminal, [](Fd program) {
              (void)::signal(SIGHUP, SIG_IGN);
              const auto kept = KeptMode::keep(program);
              (void)::raise(SIGHUP);
          }) == 0);
}

TEST_CASE("what is no terminal, or is gone, is told") {
    const UniqueFd file = UniqueFd::adopt(::open("/dev/null", O_RDWR | O_CLOEXEC));
    CHECK_FALSE(is_terminal(file.get()));
    CHECK_FALSE(window_size(file.get()));
    const auto entered = [](const UniqueFd& fd) { return FullScreen::enter(fd.get()).error(); };
    CHECK(entered(file).code == ENOTTY);
    CHECK(KeptMode::keep(file.get()).error().code == ENOTTY);
    Terminal terminal;
    CHECK(is_terminal(terminal.program.get()));
    const UniqueFd only_read = terminal.open(O_RDONLY);
    CHECK(std::string_view(entered(only_read).operation) == "write");
    CHECK(terminal.edits_lines());
    terminal.person.reset();
    CHECK_FALSE(read_key(terminal.program.get()));
    CHECK_FALSE(write_all(terminal.program.get(), "x"));
}

TEST_CASE("a window has the size that its terminal was told, or none") {
    const Terminal terminal;
    CHECK_FALSE(window_size(terminal.program.get()));
    const winsize size{.ws_row = 24, .ws_col = 80, .ws_xpixel = 0, .ws_ypixel = 0};
    REQUIRE(::ioctl(terminal.person.number(), TIOCSWINSZ, &size) == 0);
    CHECK(window_size(terminal.program.get()) == WindowSize{.columns = 80, .rows = 24});
}

TEST_CASE("a terminal that is full for a while gets all of it") {
    const Terminal terminal;
    make_raw(terminal.program.get());
    REQUIRE(::fcntl(terminal.program.number(), F_SETFL, O_NONBLOCK) == 0);
    const std::string text = std::string(100'000, 'x') + "end";
    std::string shown;
    std::jthread person([&] { shown = terminal.shown_until("end"); });
    CHECK(write_all(terminal.program.get(), text));
    person.join();
    CHECK(shown == text);
}
