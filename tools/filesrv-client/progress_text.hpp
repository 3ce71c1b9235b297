// SPDX-License-Identifier: MIT
// A transfer under way as one line of text: how much, how fast, how long still. Pure.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.hpp"

namespace filesrv::client {

struct TransferFigures {
    std::string_view name;               ///< printable
    std::uint64_t done = 0;              ///< bytes
    std::optional<std::uint64_t> total;  ///< nothing: unknown
    std::optional<double> rate;          ///< bytes a second; nothing: not known yet
    Duration elapsed{};                  ///< shown where the time left cannot be
};

/// `photo.jpg   45% [====>     ] 12 MiB of 27 MiB  3.4 MiB/s  0:04 left`, at most `width` columns: the bar goes first,
/// then parts from the end, then the name is shortened. Without a total no share, no bar, and the time so far.
[[nodiscard]] std::string progress_text(const TransferFigures& figures, std::size_t width);

/// `0:04`, `12:34`, `1:02:03`; above 99 hours that.
[[nodiscard]] std::string clock_text(Duration duration);

/// The rate of the last seconds: an average over all would go on praising a transfer that has slowed down.
class Speed {
public:
    explicit Speed(Instant begin, std::uint64_t done) noexcept : newest_{begin, done} { marks_.fill(newest_); }

    /// So many bytes by now; never fewer than before.
    void update(Instant now, std::uint64_t done) noexcept;
    /// Bytes a second over about the last three seconds; nothing in the first moment.
    [[nodiscard]] std::optional<double> rate() const noexcept;

private:
    struct Mark {
        Instant at;
        std::uint64_t done;
    };
    static constexpr Duration mark_every = std::chrono::milliseconds(250);

    std::array<Mark, 12> marks_;  ///< a ring of the past, oldest at next_
    std::size_t next_ = 0;
    Mark newest_;
};

}  // namespace filesrv::client
