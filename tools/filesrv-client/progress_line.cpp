// SPDX-License-Identifier: MIT
// The last line of a terminal while a transfer runs.
#include "tools/filesrv-client/progress_line.hpp"

#include <algorithm>
#include <utility>

#include "os/append_file.hpp"
#include "os/clock.hpp"
#include "os/terminal.hpp"

namespace filesrv::client {
namespace {

constexpr Duration first_after = std::chrono::milliseconds(300);
constexpr Duration draw_every = std::chrono::milliseconds(100);
constexpr std::size_t usual_columns = 80;  ///< of a terminal that does not know its width
/// Columns at the end: Ctrl-C is echoed as two, and a cursor behind the last one is on the next line for some terminals,
/// where wiping comes too late.
constexpr std::size_t kept_free = 3;

/// From the first column, and the rest of the line wiped: ECMA-48's EL, which every terminal of today has.
constexpr std::string_view line_begin = "\r";
constexpr std::string_view wipe = "\x1b[K";

}  // namespace

ProgressLine::ProgressLine(os::Fd screen, std::string name)
    : screen_(screen), name_(std::move(name)), is_terminal_(os::is_terminal(screen)), begin_(os::monotonic_now()),
      drawn_at_(begin_ + first_after - draw_every) {}

ProgressLine::~ProgressLine() {
    // What the terminal does not take is lost: it is decoration.
    if (is_drawn_) static_cast<void>(os::append_all(screen_, std::string(line_begin).append(wipe)));
}

void ProgressLine::update(const Progress& progress) {
    if (!is_terminal_) return;
    const Instant now = os::monotonic_now();
    if (!speed_) speed_.emplace(begin_, progress.resumed_at);
    speed_->update(now, progress.done);
    if (now - drawn_at_ >= draw_every) draw(progress, now);
}

void ProgressLine::draw(const Progress& progress, Instant now) {
    drawn_at_ = now;
    is_drawn_ = true;
    const auto window = os::window_size(screen_);  // each time: it may be pulled wider
    const std::size_t columns = window ? window->columns : usual_columns;
    const std::size_t width = columns - std::min(columns, kept_free);
    const std::string text = progress_text({.name = name_, .done = progress.done, .total = progress.total, .rate = speed_->rate(),
                                            .elapsed = now - begin_}, width);
    static_cast<void>(os::append_all(screen_, std::string(line_begin).append(text).append(wipe)));
}

}  // namespace filesrv::client
