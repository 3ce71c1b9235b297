// SPDX-License-Identifier: MIT
// Workers that do not come back from a call.
#include <condition_variable>
#include <mutex>
#include <thread>

#include <doctest/doctest.h>

#include "serve/worker_pool.hpp"

using namespace filesrv;
using namespace filesrv::serve;
using namespace std::chrono_literals;

namespace {

/// Blocks in a marked call, or computes without a mark, until it is let go.
class Held final : public Job {
public:
    explicit Held(bool marked) : marked_(marked) {}
    void run(Worker& worker) noexcept override {
        const BlockingMark mark(marked_ ? &worker : nullptr);
        std::unique_lock lock(mutex_);
        running_ = true;
        changed_.notify_all();
        changed_.wait(lock, [this] { return let_go_; });
        running_ = false;
    }
    void wait_until_running() {
        std::unique_lock lock(mutex_);
        changed_.wait(lock, [this] { return running_; });
    }
    void let_go() {
        const std::lock_guard lock(mutex_);
        let_go_ = true;
        changed_.notify_all();
    }

private:
    const bool marked_;
    std::mutex mutex_;
    std::condition_variable changed_;
    bool running_ = false;
    bool let_go_ = false;
};

PoolSettings of_one_worker() {
    return {.workers_min = 1, .workers_max = 1, .cores = 4, .make_context = [] { return std::make_unique<WorkerContext>(); }};
}

}  // namespace

TEST_CASE("a worker inside one call for too long is stuck, told once, and well again afterwards") {
    Held job(true);   // outlives the pool's threads
    WorkerPool pool(of_one_worker());
    REQUIRE(pool.start());
    const Instant start{1h};
    pool.push(job, start);
    job.wait_until_running();
    CHECK(pool.look_for_stuck(start, 10s).now == 0);
    CHECK(pool.look_for_stuck(start + 9s, 10s).now == 0);
    CHECK(pool.can_take_work());
    const StuckWorkers found = pool.look_for_stuck(start + 10s, 10s);
    CHECK(found.now == 1);
    CHECK(found.fresh == std::vector<std::size_t>{1});
    CHECK_FALSE(pool.can_take_work());
    CHECK(pool.look_for_stuck(start + 11s, 10s).fresh.empty());
    CHECK(pool.counters().stuck == 1);
    job.let_go();
    while (pool.counters().busy > 0) std::this_thread::yield();
    const StuckWorkers later = pool.look_for_stuck(start + 12s, 10s);
    CHECK(later.now == 0);
    CHECK(later.recovered == std::vector<std::size_t>{1});
    CHECK(pool.can_take_work());
    CHECK(pool.counters().stuck_ever == 1);
}

TEST_CASE("a worker that computes is never stuck") {
    Held job(false);   // outlives the pool's threads
    WorkerPool pool(of_one_worker());
    REQUIRE(pool.start());
    const Instant start{1h};
    pool.push(job, start);
    job.wait_until_running();
    CHECK(pool.look_for_stuck(start, 1s).now == 0);
    CHECK(pool.look_for_stuck(start + 1h, 1s).now == 0);
    job.let_go();
}

TEST_CASE("a pool that may grow takes work though all its workers are stuck") {
    PoolSettings settings = of_one_worker();
    settings.workers_max = 2;
    Held job(true);   // outlives the pool's threads
    WorkerPool pool(settings);
    REQUIRE(pool.start());
    const Instant start{1h};
    pool.push(job, start);
    job.wait_until_running();
    (void)pool.look_for_stuck(start, 1s);
    CHECK(pool.look_for_stuck(start + 2s, 1s).now == 1);
    CHECK(pool.can_take_work());
    job.let_go();
}
