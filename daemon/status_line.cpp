// SPDX-License-Identifier: MIT
// The status line: figures, words, and when they are worth a message.
#include "daemon/status_line.hpp"

#include <algorithm>
#include <array>
#include <cstdio>

#include "base/assert.hpp"
#include "os/clock.hpp"

namespace filesrv::daemon {
namespace {

std::string counted(std::uint64_t count, const std::string& noun) {
    return std::to_string(count) + ' ' + noun + (count == 1 ? "" : "s");
}

/// `14:03:20`
std::string clock_text(WallTime local) {
    const auto day_second = std::chrono::floor<std::chrono::seconds>(local.time_since_epoch()) % std::chrono::days(1);
    const std::chrono::hh_mm_ss time(day_second);
    std::array<char, 32> text;
    std::snprintf(text.data(), text.size(), "%02d:%02d:%02d", static_cast<int>(time.hours().count()),
                  static_cast<int>(time.minutes().count()), static_cast<int>(time.seconds().count()));
    return text.data();
}

}  // namespace

std::string status_line(const StatusFigures& figures, WallTime local_now) {
    std::string line = figures.draining ? "draining: " : "";
    line += counted(figures.connections, "connection");
    if (figures.in_flight > 0) line += ", " + counted(figures.in_flight, "request") + " in flight";
    line += ", " + std::to_string(figures.tenths_per_s / 10) + '.' + std::to_string(figures.tenths_per_s % 10) + " requests/s";
    if (figures.stuck > 0) line += ", " + counted(figures.stuck, "worker") + " stuck";
    if (figures.idle_exit_in && !figures.draining) {
        const auto left = std::max(*figures.idle_exit_in, Duration::zero());
        line += ", idle exit in " + std::to_string(std::chrono::ceil<std::chrono::seconds>(left).count()) + " s, at " +
                clock_text(local_now + std::chrono::duration_cast<WallTime::duration>(left));
    }
    return line;
}

StatusFigures StatusTeller::look(Instant now) {
    const serve::Totals totals = server_.counters().sum();
    FS_ASSERT(totals.requests_begun >= totals.requests_ended && totals.requests_ended >= ended_);
    StatusFigures figures{.draining = server_.is_draining(),
                          .connections = server_.open_connections(),
                          .in_flight = totals.requests_begun - totals.requests_ended,
                          .stuck = server_.pool().counters().stuck};
    // After a rest the time since the last look says nothing of the rate: it was the pause.
    const Duration since = looked_at_ ? std::clamp<Duration>(now - *looked_at_, std::chrono::milliseconds(100), std::chrono::seconds(2))
                                      : Duration(std::chrono::seconds(1));
    const double tenths = static_cast<double>(totals.requests_ended - ended_) * 10.0 / seconds_of(since);
    figures.tenths_per_s = static_cast<std::uint64_t>(tenths);
    ended_ = totals.requests_ended;
    looked_at_ = now;
    if (const auto due = server_.idle_exit_due()) figures.idle_exit_in = *due - now;
    return figures;
}

bool StatusTeller::beat(Instant now) {
    if (!notifier_.is_active()) return false;
    const StatusFigures figures = look(now);
    const bool moves = figures.tenths_per_s > 0;
    StatusFigures timeless = figures;
    timeless.idle_exit_in.reset();
    // While requests come, the moment of leaving moves with them.
    if (timeless != told_ || moves) {
        told_ = timeless;
        const WallTime wall = os::wall_now();
        notifier_.status(status_line(figures, wall + os::local_utc_offset(wall)));
    }
    return moves;
}

}  // namespace filesrv::daemon
