// SPDX-License-Identifier: MIT
// When the worker pool grows, as a pure rule: blocked workers are replaced fast, computing ones by the cores.
#pragma once

#include <cstddef>

#include "base/clock.hpp"

namespace filesrv::serve {

/// A job that has waited longer than this wants a new worker.
inline constexpr Duration growth_patience = std::chrono::milliseconds(2);
/// Workers begun at once: one at a time, 50 blocked requests would hold up the next for 94 ms.
inline constexpr std::size_t growth_batch_max = 16;
/// After a failed thread creation the pool asks again only so much later.
inline constexpr Duration growth_backoff = std::chrono::milliseconds(100);

/// What the rule looks at, all of one moment.
struct PoolFigures {
    std::size_t waiting = 0;   ///< jobs that nobody has taken
    std::size_t total = 0;     ///< workers, newborn ones included
    std::size_t newborn = 0;   ///< workers begun that have not come for a job yet
    std::size_t busy = 0;      ///< workers with a job
    std::size_t marked = 0;    ///< of these, inside a call that may block
    Duration oldest_wait{};    ///< of the first waiting job
};

struct PoolBounds {
    std::size_t workers_max = 0;
    std::size_t cores = 0;
};

/// How many workers to begin now; 0 = none.
[[nodiscard]] std::size_t workers_to_begin(const PoolFigures& figures, const PoolBounds& bounds) noexcept;

}  // namespace filesrv::serve
