// SPDX-License-Identifier: MIT
// Lifetime counters: what a daemon has done over all its starts, as figures and as the text that is kept.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace filesrv::observe {

/// From the program's first instruction to the first byte of an answer, of those starts for which a client waited.
struct ColdStarts {
    std::uint64_t count = 0;
    std::uint64_t total_us = 0;
    std::uint64_t last_us = 0;
    std::uint64_t longest_us = 0;

    bool operator==(const ColdStarts&) const noexcept = default;
};

/// How many requests of one kind were answered.
struct RequestCount {
    std::string method;  ///< as on the wire; `other` for those that nobody knows
    std::uint64_t code = 0;
    std::uint64_t count = 0;

    bool operator==(const RequestCount&) const = default;
};

/// Both sorted by method and code, as is what comes of them.
void add(std::vector<RequestCount>& sum, const std::vector<RequestCount>& delta);
/// What `now` has more than `before`, which it has grown from.
[[nodiscard]] std::vector<RequestCount> grown_by(const std::vector<RequestCount>& now, const std::vector<RequestCount>& before);
void sort(std::vector<RequestCount>& counts);

struct Lifetime {
    std::uint64_t requests = 0;        ///< that have ended
    std::vector<RequestCount> by;      ///< answered, by method and code; sorted
    std::uint64_t bytes_received = 0;
    std::uint64_t bytes_sent = 0;
    std::uint64_t uploads = 0;         ///< files stored
    std::uint64_t errors = 0;          ///< answers of 500 and more
    std::uint64_t starts = 0;
    ColdStarts cold_starts;
    std::int64_t last_exit_s = 0;      ///< seconds since 1970; 0 = never
    std::string last_exit_reason;

    bool operator==(const Lifetime&) const = default;
};

/// Counts add up; what is the last of its kind is taken from `delta` where it has one.
void add(Lifetime& sum, const Lifetime& delta);

/// A JSON object with its `schema`, and a newline.
[[nodiscard]] std::string to_json(const Lifetime& lifetime);

/// Nothing for what is no such object, or of another schema. Members that are missing count as 0.
[[nodiscard]] std::optional<Lifetime> parse_lifetime(std::string_view text);

}  // namespace filesrv::observe
