// SPDX-License-Identifier: MIT
// Whether a failed attempt is tried again, and when. Pure.
#pragma once

#include <optional>

#include "base/clock.hpp"

namespace filesrv::client {

struct RetryLimits {
    unsigned times = 3;
    Duration in_all = std::chrono::seconds(5);  ///< from the first failure to the beginning of the last attempt
};

class RetryPolicy {
public:
    explicit RetryPolicy(RetryLimits limits) : limits_(limits) {}

    /// After a failure: how long to wait, a quarter of a second, doubled each time, or what the server asks for when that
    /// is more. Nothing: it is the last word.
    [[nodiscard]] std::optional<Duration> next(Instant now, std::optional<Duration> asked_for = {});

    /// The attempt has brought so much that its failure counts as the first: a long download over a bad line is not given
    /// up while it gets on.
    void forget() noexcept;

    [[nodiscard]] unsigned retries() const noexcept { return all_retries_; }

private:
    RetryLimits limits_;
    unsigned retries_ = 0;
    unsigned all_retries_ = 0;
    std::optional<Instant> first_failure_;
};

}  // namespace filesrv::client
