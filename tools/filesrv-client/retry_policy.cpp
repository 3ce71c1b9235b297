// SPDX-License-Identifier: MIT
// Back-off within limits.
#include "tools/filesrv-client/retry_policy.hpp"

#include <algorithm>

#include "base/assert.hpp"

namespace filesrv::client {

std::optional<Duration> RetryPolicy::next(Instant now, std::optional<Duration> asked_for) {
    constexpr Duration first_wait = std::chrono::milliseconds(250);
    constexpr unsigned doublings_max = 6;  // 16 s
    if (!first_failure_) first_failure_ = now;
    FS_ASSERT(now >= *first_failure_);
    if (retries_ >= limits_.times) return std::nullopt;
    const Duration wait = std::max(first_wait * (1 << std::min(retries_, doublings_max)), asked_for.value_or(Duration::zero()));
    if (now - *first_failure_ > limits_.in_all - wait) return std::nullopt;
    ++retries_;
    ++all_retries_;
    return wait;
}

void RetryPolicy::forget() noexcept {
    retries_ = 0;
    first_failure_.reset();
}

}  // namespace filesrv::client
