// SPDX-License-Identifier: MIT
// A histogram of latencies: its sum over threads, quantiles, and the coarse buckets that are told.
#include "observe/histogram.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "base/assert.hpp"

namespace filesrv::observe {
namespace {

/// The coarse buckets end at powers of two: 16 µs to 67 s.
constexpr unsigned first_bound_bits = LatencyScale::octave_bits;
constexpr unsigned last_bound_bits = 26;

}  // namespace

void LatencySum::add(const LatencyHistogram& histogram) noexcept {
    for (std::size_t bucket = 0; bucket < counts_.size(); ++bucket) counts_[bucket] += histogram.counts_[bucket].read();
    sum_ns_ += histogram.sum_ns_.read();
    longest_ns_ = std::max(longest_ns_, histogram.longest_ns_.read());
}

std::uint64_t LatencySum::count() const noexcept { return std::accumulate(counts_.begin(), counts_.end(), std::uint64_t{0}); }

std::uint64_t LatencySum::quantile_us(double share) const noexcept {
    FS_ASSERT(share >= 0 && share <= 1);
    const std::uint64_t all = count();
    if (all == 0) return 0;
    // The value with this number from below, from 1 on. A share of 1 may round to more than there are.
    const auto rank = std::clamp(static_cast<std::uint64_t>(std::ceil(share * static_cast<double>(all))), std::uint64_t{1}, all);
    std::uint64_t below = 0;
    std::size_t bucket = 0;
    while ((below += counts_[bucket]) < rank) ++bucket;
    const std::uint64_t least = LatencyScale::least_of(bucket);
    return std::min(least + (LatencyScale::least_of(bucket + 1) - least) / 2, longest_ns_ / 1000);
}

LatencyFigures LatencySum::figures() const {
    LatencyFigures figures{.p50_us = quantile_us(0.5), .p90_us = quantile_us(0.9), .p99_us = quantile_us(0.99),
                           .max_us = longest_ns_ / 1000, .count = count(), .sum_us = sum_ns_ / 1000};
    std::uint64_t cumulative = 0;
    std::size_t bucket = 0;
    for (unsigned bits = first_bound_bits; bits <= last_bound_bits; ++bits) {
        const std::uint64_t bound = std::uint64_t{1} << bits;
        for (; LatencyScale::least_of(bucket) < bound; ++bucket) cumulative += counts_[bucket];
        FS_ASSERT(LatencyScale::least_of(bucket) == bound);
        figures.buckets.push_back({.upper_us = bound, .cumulative = cumulative});
    }
    return figures;
}

}  // namespace filesrv::observe
