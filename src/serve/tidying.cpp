// SPDX-License-Identifier: MIT
// Tidying: some time after the last upload a worker removes the staging folder.
#include "serve/tidying.hpp"

#include "serve/limits.hpp"
#include "serve/reactor.hpp"
#include "serve/server.hpp"

namespace filesrv::serve {

void Tidying::upload_ended() noexcept {
    // relaxed to look first: under many uploads the line is shared, not written.
    if (under_way_.load(std::memory_order_relaxed)) return;
    if (!under_way_.exchange(true, std::memory_order_acq_rel)) server_.main_loop().inbox().post(step_);
}

void Tidying::Step::deliver() noexcept {
    event::Loop& loop = tidying_.server_.main_loop();
    loop.timers().schedule(*this, loop.now() + limits::tidy_delay);
}

void Tidying::Step::on_time() noexcept {
    tidying_.server_.pool().push(static_cast<Job&>(*this), tidying_.server_.main_loop().now());
}

void Tidying::Step::run(Worker& worker) noexcept {
    // Whatever ends from here on asks again; before, it is seen by the tidying that follows.
    tidying_.under_way_.store(false, std::memory_order_release);
    const BlockingMark mark(&worker);
    tidying_.server_.store().tidy();
}

}  // namespace filesrv::serve
