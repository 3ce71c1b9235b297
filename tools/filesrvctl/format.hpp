// SPDX-License-Identifier: MIT
// Figures and names as people read them. Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace filesrv::ctl {

/// `1023 B`, `1.5 KiB`, `34 MiB`.
[[nodiscard]] std::string bytes_text(std::uint64_t bytes);

/// `1.5 MiB/s`; `–` for none.
[[nodiscard]] std::string rate_text(double bytes_per_s);

/// `0`, `12`, `12,345`.
[[nodiscard]] std::string count_text(std::uint64_t count);

/// `1 request`, `2,000 requests`.
[[nodiscard]] std::string counted(std::uint64_t count, std::string_view noun);

/// The two largest units: `0.4 s`, `12 s`, `3 min 5 s`, `2 h 13 min`, `5 d 3 h`. Negative counts as 0.
[[nodiscard]] std::string duration_text(double seconds);

/// One unit, for tables: `0.4s`, `12s`, `3m`, `2h`, `5d`.
[[nodiscard]] std::string short_duration(double seconds);

/// `85 µs`, `1.2 ms`, `340 ms`, `2.1 s`.
[[nodiscard]] std::string latency_text(std::uint64_t microseconds);

/// `2026-11-23 09:05:01`, of a time that is already local.
[[nodiscard]] std::string date_text(std::int64_t local_seconds);

}  // namespace filesrv::ctl
