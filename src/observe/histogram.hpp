// SPDX-License-Identifier: MIT
// A histogram of latencies that one thread writes and any thread may read, in 4 KiB, with 3 % of error at most.
//
// Its buckets are log-linear, as HdrHistogram's: up to 32 µs one for each microsecond, from there 16 for each doubling. A
// value is counted with two shifts and an addition, and two histograms add up bucket by bucket, so that threads need
// share nothing. Each power of two from 16 µs on ends a bucket: what Prometheus wants is exact.
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "base/clock.hpp"
#include "base/count.hpp"
#include "observe/snapshot.hpp"

namespace filesrv::observe {

/// Which values, in whole microseconds, share a bucket.
struct LatencyScale {
    static constexpr unsigned octave_bits = 4;  ///< 16 buckets an octave
    static constexpr std::size_t buckets = 496;

    /// The last bucket takes all that is larger: from 4.6 hours on.
    [[nodiscard]] static constexpr std::size_t bucket_of(std::uint64_t us) noexcept {
        const unsigned width = static_cast<unsigned>(std::bit_width(us | (std::uint64_t{1} << octave_bits)));
        const unsigned shift = width - octave_bits - 1;
        const std::size_t bucket = (std::size_t{shift} << octave_bits) + static_cast<std::size_t>(us >> shift);
        return bucket < buckets ? bucket : buckets - 1;
    }
    /// The least value of a bucket; of bucket number `buckets`: where the last one ends.
    [[nodiscard]] static constexpr std::uint64_t least_of(std::size_t bucket) noexcept {
        const std::size_t octave = bucket >> octave_bits;
        const unsigned shift = octave > 1 ? static_cast<unsigned>(octave - 1) : 0;
        return (bucket - (std::uint64_t{shift} << octave_bits)) << shift;
    }
};

class LatencyHistogram {
public:
    /// Its one writer only.
    void record(Duration latency, std::uint64_t times = 1) noexcept {
        const auto ns = static_cast<std::uint64_t>(latency.count() > 0 ? latency.count() : 0);
        counts_[LatencyScale::bucket_of(ns / 1000)].add(times);
        sum_ns_.add(ns * times);
        longest_ns_.raise_to(ns);
    }

private:
    friend class LatencySum;
    std::array<Count, LatencyScale::buckets> counts_;
    Count sum_ns_;
    Count longest_ns_;
};

static_assert(sizeof(LatencyHistogram) <= 4096);

/// Several histograms added up, at rest. Any thread may read others into its own.
class LatencySum {
public:
    LatencySum() : counts_(LatencyScale::buckets) {}

    void add(const LatencyHistogram& histogram) noexcept;

    [[nodiscard]] std::uint64_t count() const noexcept;
    /// The middle of the bucket in which the value lies that a share (0 to 1) of all do not exceed; 0 when there is none.
    [[nodiscard]] std::uint64_t quantile_us(double share) const noexcept;
    [[nodiscard]] LatencyFigures figures() const;

private:
    std::vector<std::uint64_t> counts_;
    std::uint64_t sum_ns_ = 0;
    std::uint64_t longest_ns_ = 0;
};

}  // namespace filesrv::observe
