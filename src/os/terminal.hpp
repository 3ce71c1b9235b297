// SPDX-License-Identifier: MIT
// Whether a person is looking, how much they see, and their keys one by one; termios(3), ioctl_tty(2).
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "base/error.hpp"
#include "os/fd.hpp"

namespace filesrv::os {

/// isatty(3).
[[nodiscard]] bool is_terminal(Fd fd) noexcept;

struct WindowSize {
    std::uint16_t columns = 0;
    std::uint16_t rows = 0;
    bool operator==(const WindowSize&) const noexcept = default;
};

/// TIOCGWINSZ. Nothing when it is no terminal, or one that does not know.
[[nodiscard]] std::optional<WindowSize> window_size(Fd terminal) noexcept;

/// The whole screen for one program: alternate screen, no echo, no line editing, keys as bytes (Ctrl-C and Ctrl-Z too).
/// One at a time in a process. What was before comes back when it is destroyed, and when the process aborts or dies of a
/// fault of its own. Not on SIGKILL.
class FullScreen {
public:
    [[nodiscard]] static Result<FullScreen> enter(Fd terminal) noexcept;
    FullScreen(FullScreen&& other) noexcept : terminal_(std::exchange(other.terminal_, Fd())) {}
    FullScreen& operator=(FullScreen&&) = delete;
    ~FullScreen();

private:
    explicit FullScreen(Fd terminal) noexcept : terminal_(terminal) {}

    Fd terminal_;  ///< closed = moved from
};

/// For a terminal that a library makes raw: the mode that it has now comes back when this is destroyed, and when the
/// process aborts, dies of a fault of its own, of SIGTERM or of SIGHUP. One in a process, and no FullScreen beside it.
class KeptMode {
public:
    [[nodiscard]] static Result<KeptMode> keep(Fd terminal) noexcept;
    KeptMode(KeptMode&& other) noexcept : terminal_(std::exchange(other.terminal_, Fd())) {}
    KeptMode& operator=(KeptMode&&) = delete;
    ~KeptMode();

private:
    explicit KeptMode(Fd terminal) noexcept : terminal_(terminal) {}

    Fd terminal_;  ///< closed = moved from
};

/// The next byte that was typed; nothing when the terminal is gone. Waits for it.
[[nodiscard]] std::optional<char> read_key(Fd terminal) noexcept;

/// write(2) until all is written, also to a terminal that is full for a while. False: it is gone.
[[nodiscard]] bool write_all(Fd terminal, std::string_view text) noexcept;

}  // namespace filesrv::os
