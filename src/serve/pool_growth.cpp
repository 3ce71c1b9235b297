// SPDX-License-Identifier: MIT
// When the worker pool grows, as a pure rule.
#include "serve/pool_growth.hpp"

#include <algorithm>

#include "base/assert.hpp"

namespace filesrv::serve {

std::size_t workers_to_begin(const PoolFigures& figures, const PoolBounds& bounds) noexcept {
    FS_ASSERT(bounds.workers_max > 0 && bounds.cores > 0);
    FS_ASSERT(figures.busy + figures.newborn <= figures.total && figures.total <= bounds.workers_max);
    // A newborn will take one waiting job: begin workers only for the others.
    if (figures.waiting <= figures.newborn || figures.oldest_wait <= growth_patience) return 0;

    // Marks are counted beside the lock, so one may be newer than `busy`.
    const std::size_t marked = std::min(figures.marked, figures.busy);
    const std::size_t computing = figures.busy - marked;
    if (computing >= bounds.cores) return 0;

    const std::size_t room = bounds.workers_max - figures.total;
    std::size_t wanted = std::min({figures.waiting - figures.newborn, growth_batch_max, room});
    // Where nobody blocks, the work computes, and more workers than cores only push one another aside.
    if (marked == 0) wanted = std::min(wanted, bounds.cores - std::min(bounds.cores, computing + figures.newborn));
    return wanted;
}

}  // namespace filesrv::serve
