// SPDX-License-Identifier: MIT
// A transfer under way as one line of text.
#include "tools/filesrv-client/progress_text.hpp"

#include <algorithm>
#include <span>
#include <vector>

#include "base/assert.hpp"
#include "base/columns.hpp"
#include "base/readable.hpp"
#include "tools/filesrv-client/shortened.hpp"

namespace filesrv::client {
namespace {

constexpr std::size_t name_min = 12;  ///< columns that a name gives up last
constexpr std::size_t bar_min = 5;    ///< narrower tells nothing
constexpr std::size_t bar_max = 30;
constexpr Duration longest = std::chrono::hours(100) - std::chrono::seconds(1);

std::string size_text(std::uint64_t bytes) {
    std::string out;
    append_size(out, bytes);
    return out;
}

/// 0 … 1. A file may grow while it is sent: never more than all.
double share_of(const TransferFigures& figures) noexcept {
    FS_ASSERT(figures.total.has_value());
    if (*figures.total == 0) return 1;
    return std::min(1.0, static_cast<double>(figures.done) / static_cast<double>(*figures.total));
}

std::string bar_text(double share, std::size_t inner) {
    FS_ASSERT(share >= 0 && share <= 1 && inner > 0);
    const auto full = static_cast<std::size_t>(share * static_cast<double>(inner));
    std::string out(full, '=');
    if (full < inner) out += '>';
    out.resize(inner, ' ');
    return '[' + out + ']';
}

std::string time_text(const TransferFigures& figures) {
    if (!figures.total) return clock_text(figures.elapsed);
    const std::uint64_t left = *figures.total - std::min(figures.done, *figures.total);
    if (!figures.rate || *figures.rate <= 0) return "--:-- left";
    const double seconds = std::min(static_cast<double>(left) / *figures.rate, 360'000.0);
    return clock_text(std::chrono::seconds(static_cast<std::int64_t>(seconds))) + " left";
}

/// What follows the name, most wanted first.
std::vector<std::string> parts_of(const TransferFigures& figures) {
    std::vector<std::string> parts;
    if (figures.total) {
        std::string percent = std::to_string(static_cast<unsigned>(share_of(figures) * 100));
        percent.insert(0, 3 - std::min<std::size_t>(percent.size(), 3), ' ');
        parts.push_back(percent + '%');
        parts.push_back(size_text(figures.done) + " of " + size_text(*figures.total));
    } else {
        parts.push_back(size_text(figures.done));
    }
    parts.push_back(figures.rate ? size_text(static_cast<std::uint64_t>(std::max(*figures.rate, 0.0))) + "/s" : "-- B/s");
    parts.push_back(time_text(figures));
    return parts;
}

std::size_t columns_of_all(std::span<const std::string> parts) {
    std::size_t columns = 0;
    for (const std::string& part : parts) columns += 2 + columns_of(part);
    return columns;
}

}  // namespace

std::string clock_text(Duration duration) {
    using namespace std::chrono;
    const auto all = duration_cast<seconds>(std::clamp(duration, Duration::zero(), longest)).count();
    const auto number = [](auto value) { return static_cast<std::uint64_t>(value); };
    std::string out;
    if (all >= 3600) {
        append_padded(out, number(all / 3600), 1);
        out += ':';
    }
    append_padded(out, number(all / 60 % 60), all >= 3600 ? 2 : 1);
    out += ':';
    append_padded(out, number(all % 60), 2);
    return out;
}

std::string progress_text(const TransferFigures& figures, std::size_t width) {
    std::vector<std::string> parts = parts_of(figures);
    const std::size_t name_wanted = std::min(columns_of(figures.name), name_min);
    while (!parts.empty() && name_wanted + columns_of_all(parts) > width) parts.pop_back();
    std::size_t room = width - std::min(width, columns_of_all(parts));
    std::string out = shortened(figures.name, room);
    room -= columns_of(out);
    for (std::size_t i = 0; i < parts.size(); ++i) {
        out.append("  ").append(parts[i]);
        // The bar stands behind the share, where there is room for it: a blank and two brackets besides.
        if (i == 0 && figures.total && room >= bar_min + 3) {
            out.append(" ").append(bar_text(share_of(figures), std::min(room - 3, bar_max)));
        }
    }
    FS_ASSERT(columns_of(out) <= width);
    return out;
}

void Speed::update(Instant now, std::uint64_t done) noexcept {
    FS_ASSERT(now >= newest_.at);
    newest_ = {now, std::max(done, newest_.done)};
    const Mark& last = marks_[(next_ + marks_.size() - 1) % marks_.size()];
    if (now - last.at < mark_every) return;
    marks_[next_] = newest_;
    next_ = (next_ + 1) % marks_.size();
}

std::optional<double> Speed::rate() const noexcept {
    const Mark& oldest = marks_[next_];
    const Duration passed = newest_.at - oldest.at;
    if (passed < mark_every) return std::nullopt;
    const std::chrono::duration<double> seconds = passed;
    return static_cast<double>(newest_.done - oldest.done) / seconds.count();
}

}  // namespace filesrv::client
