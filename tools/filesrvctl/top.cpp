// SPDX-License-Identifier: MIT
// top: asks once a second, draws, listens to keys and signals, and leaves the terminal as it was.
#include <array>
#include <atomic>
#include <chrono>
#include <csignal>
#include <optional>
#include <thread>

#include "base/assert.hpp"
#include "os/clock.hpp"
#include "os/signals.hpp"
#include "os/terminal.hpp"
#include "os/wait_readable.hpp"
#include "os/wakeup.hpp"
#include "tools/filesrvctl/commands.hpp"
#include "tools/filesrvctl/connections_text.hpp"
#include "tools/filesrvctl/format.hpp"
#include "tools/filesrvctl/json_text.hpp"
#include "tools/filesrvctl/output.hpp"
#include "tools/filesrvctl/session.hpp"
#include "tools/filesrvctl/status_text.hpp"
#include "tools/filesrvctl/top_screen.hpp"

namespace filesrv::ctl {
namespace {

constexpr auto interval = std::chrono::seconds(1);
constexpr os::Fd keyboard{0};
constexpr os::Fd screen{1};
constexpr char control_c = 0x03;
constexpr char control_z = 0x1A;

// For signal handlers, which know no context. One top in a process.
const os::Wakeup* woken = nullptr;
std::atomic<int> ending_signal{0};

void on_signal(int signal) {
    if (signal != SIGWINCH) ending_signal.store(signal, std::memory_order_relaxed);
    woken->wake();
}

/// Signals that change the size or end the program wake its wait, so that it leaves by its own way out.
class Signals {
public:
    Signals() : wakeup_(make()) {
        FS_ASSERT(woken == nullptr);
        woken = &wakeup_;
        for (const int signal : {SIGWINCH, SIGINT, SIGTERM, SIGHUP, SIGQUIT})
            if (auto handler = os::SignalHandler::install(signal, on_signal)) handlers_.push_back(std::move(*handler));
    }
    Signals(const Signals&) = delete;
    Signals& operator=(const Signals&) = delete;
    ~Signals() {
        handlers_.clear();
        woken = nullptr;
    }
    [[nodiscard]] const os::Wakeup& wakeup() const noexcept { return wakeup_; }

private:
    static os::Wakeup make() {
        auto wakeup = os::Wakeup::create();
        if (!wakeup) throw Failure(Exit::failed, wakeup.error().message());
        return std::move(*wakeup);
    }
    os::Wakeup wakeup_;
    std::vector<os::SignalHandler> handlers_;
};

/// Keeps a conversation over pictures, and looks for the daemon again when it ends: a successor may serve by then.
class Source {
public:
    explicit Source(std::string socket) : socket_(std::move(socket)) {}

    /// The next picture. What cannot be asked is told in words.
    void look(TopPicture& picture) {
        picture.words.clear();
        try {
            if (!session_ && !connect(picture)) return;
            fill(picture);
        } catch (const Failure& failure) {
            session_.reset();
            // Nobody waits here for a mistake to go away by itself.
            if (failure.status() == Exit::usage || failure.status() == Exit::no_permission) throw;
            picture.words = {"filesrvd", failure.what(), "looking again ..."};
        }
    }

    /// As the daemon sent them, for --json.
    [[nodiscard]] const std::string& status_json() const noexcept { return status_json_; }
    [[nodiscard]] const std::string& connections_json() const noexcept { return connections_json_; }

private:
    bool connect(TopPicture& picture) {
        const Daemon daemon = find_daemon(socket_);
        if (daemon.state != InstanceState::running) {
            const WallTime now = os::wall_now();
            const Sleeper sleeper = sleeper_with_counters(*daemon.instance);
            picture.words = status_lines(sleeper, std::chrono::floor<std::chrono::seconds>(now).time_since_epoch().count(),
                                         std::chrono::seconds(os::local_utc_offset(now)).count(), output_style());
            status_json_ = to_json(sleeper);
            connections_json_ = "[]";
            return false;
        }
        session_.emplace(daemon.socket);
        return true;
    }

    void fill(TopPicture& picture) {
        FS_ASSERT(session_.has_value());
        StatusAnswer status = session_->status();
        ConnectionsAnswer connections = session_->connections();
        const observe::Rate& rate = status.snapshot.rates.over_1s;
        picture.history.push_back(rate.in + rate.out);
        if (picture.history.size() > history_max) picture.history.pop_front();
        picture.snapshot = std::move(status.snapshot);
        picture.connections = std::move(connections.connections);
        picture.truncated = connections.truncated;
        sort_by_interest(picture.connections);
        status_json_ = std::move(status.json);
        connections_json_ = std::move(connections.json);
    }

    std::string socket_;
    std::optional<Session> session_;
    std::string status_json_ = "null";
    std::string connections_json_ = "[]";
};

std::string clock_text() {
    const WallTime now = os::wall_now();
    const auto local = std::chrono::floor<std::chrono::seconds>(now.time_since_epoch()) + os::local_utc_offset(now);
    return date_text(std::chrono::seconds(local).count()).substr(11);
}

/// Each row in its place, ECMA-48 CUP, and cleared before it is written, EL: behind a row as wide as the screen the cursor
/// stands on the last character, which would go too.
void draw(const TopPicture& picture, Style style) {
    const auto size = os::window_size(screen).value_or(os::WindowSize{.columns = 80, .rows = 24});
    std::string out;
    std::size_t row = 1;
    for (const std::string& text : top_rows(picture, {.columns = size.columns, .rows = size.rows}, style))
        out += "\033[" + std::to_string(row++) + ";1H\033[K" + text;
    if (!os::write_all(screen, out)) throw Failure(Exit::failed, "the terminal is gone");
}

enum class Next : std::uint8_t { look, redraw, suspend, leave };

/// Waits for a key, a signal, or the time of the next look.
Next wait(const Signals& signals, Instant until) {
    const std::array all = {keyboard, signals.wakeup().fd()};
    if (!os::wait_readable(all, std::max<Duration>(until - os::monotonic_now(), Duration::zero()))) return Next::look;
    signals.wakeup().clear();
    if (ending_signal.load(std::memory_order_relaxed) != 0) return Next::leave;
    const std::array keys = {keyboard};
    if (!os::any_readable(keys)) return Next::redraw;
    const auto key = os::read_key(keyboard);
    if (!key || *key == 'q' || *key == 'Q' || *key == control_c) return Next::leave;
    return *key == control_z ? Next::suspend : Next::redraw;
}

os::FullScreen enter() {
    auto entered = os::FullScreen::enter(screen);
    if (!entered) throw Failure(Exit::failed, "top: " + entered.error().message());
    return std::move(*entered);
}

/// Programs get a line a second until they leave.
[[noreturn]] void stream(Source& source) {
    TopPicture picture;
    for (Instant next = os::monotonic_now();; next += interval) {
        source.look(picture);
        print(json_object({{"status", source.status_json()}, {"connections", source.connections_json()}}));
        std::this_thread::sleep_for(next + interval - os::monotonic_now());
    }
}

}  // namespace

Exit show_top(const Arguments& arguments) {
    Source source(arguments.socket);
    if (arguments.json) stream(source);
    if (!os::is_terminal(keyboard) || !os::is_terminal(screen))
        throw Failure(Exit::usage, "top needs a terminal; for programs: filesrvctl top --json, or filesrvctl status");
    TopPicture picture;
    picture.clock = clock_text();
    source.look(picture);  // what is wrong from the start is told on the screen that the person has
    const Style style = output_style();
    const Signals signals;
    std::optional<os::FullScreen> full = enter();
    Instant next = os::monotonic_now() + interval;
    for (;;) {
        draw(picture, style);
        switch (wait(signals, next)) {
            case Next::leave: full.reset(); return Exit::ok;
            case Next::suspend:
                full.reset();
                (void)std::raise(SIGTSTP);
                full.emplace(enter());
                break;
            case Next::look:
                source.look(picture);
                picture.clock = clock_text();
                next = std::max(next + interval, os::monotonic_now());
                break;
            case Next::redraw: break;
        }
    }
}

}  // namespace filesrv::ctl
