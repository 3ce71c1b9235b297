// SPDX-License-Identifier: MIT
// The worker pool as it was built, in every order of its critical sections, wake-ups, timeouts and idle wakes.
#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <functional>
#include <span>

#include "explorer.hpp"
#include "goes_wrong.hpp"
#include "modelled_threads.hpp"
#include "serve/worker_pool.hpp"

using namespace filesrv;
using namespace filesrv::serve;
using namespace filesrv::test;
using namespace std::chrono_literals;

namespace {

constexpr Instant start_time{1h};

/// Counts how often it was run; while it runs, others may.
struct Counted final : Job {
    void run(Worker& worker) noexcept override {
        const BlockingMark mark(&worker);
        step({});  // the mark is a figure that the monitor reads
        ++runs;
    }
    [[nodiscard]] bool has_run() const noexcept { return runs > 0; }
    int runs = 0;
};

struct Shape {
    std::size_t workers_min = 1;
    std::size_t workers_max = 1;
    std::size_t jobs = 2;
    bool one_by_one = true;      ///< or in one batch
    int checks = 0;              ///< of the monitor, after the pushes
    std::size_t raised_min = 0;  ///< set_range() to this at the end; 0 = no
    ThreadFault fault = ThreadFault::none;
    int idle_wakes = 1;
};

PoolSettings settings(const Shape& shape) {
    PoolSettings made;
    made.workers_min = shape.workers_min;
    made.workers_max = shape.workers_max;
    made.make_context = [] { return std::make_unique<WorkerContext>(); };
    made.start_thread = &start_modelled_thread;
    return made;
}

void push(WorkerPool& pool, std::span<Counted> jobs, bool one_by_one) {
    IntrusiveList<Job> batch;
    for (Counted& job : jobs) {
        if (one_by_one) pool.push(job, start_time);
        else batch.push_back(job);
    }
    pool.push(batch, start_time);
}

/// One reactor's use of a pool, from its start to its end.
void use_pool(const Shape& shape) {
    const ModelledThreads threads(shape.fault, shape.idle_wakes);
    std::array<Counted, 4> all;
    const std::span<Counted> jobs(all.data(), shape.jobs);
    const std::function<bool()> all_ran = [&jobs] { return std::ranges::all_of(jobs, &Counted::has_run); };
    {
        WorkerPool pool(settings(shape));
        if (!pool.start()) return find("no start");
        push(pool, jobs, shape.one_by_one);
        for (int i = 0; i < shape.checks; ++i) {
            step({});  // it reads how many wait before it locks
            (void)pool.check(start_time + 1s);
        }
        if (shape.raised_min > 0) pool.set_range(shape.raised_min, shape.raised_min);
        step_when({}, all_ran);
        pool.shutdown();
        if (pool.counters().total != 0 || pool.counters().started != pool.counters().retired) find("a worker stayed");
    }
    for (const Counted& job : jobs) {
        if (job.runs != 1) find("a job was run twice");
    }
}

/// Explores each shape to its end.
void check_shapes(std::span<const Shape> shapes, std::size_t runs_least) {
    for (const Shape& shape : shapes) {
        CAPTURE(shape.workers_min);
        CAPTURE(shape.jobs);
        CAPTURE(shape.checks);
        const Exploration result = explore([&shape] { use_pool(shape); });
        CHECK(result.finding == "");
        CHECK(result.is_whole);
        CHECK(result.runs > runs_least);  // it did search
    }
}

}  // namespace

TEST_CASE("in no order does a job wait while a worker sleeps, or run twice") {
    const Shape shapes[] = {
        {.workers_min = 1, .workers_max = 1, .jobs = 2},
        {.workers_min = 2, .workers_max = 2, .jobs = 2, .idle_wakes = 0},
        {.workers_min = 1, .workers_max = 2, .jobs = 1, .checks = 1},
        {.workers_min = 1, .workers_max = 2, .jobs = 1, .raised_min = 2, .idle_wakes = 0},
    };
    check_shapes(shapes, 100);
}

TEST_CASE("the same with growth, and with wakes without a reason" * doctest::skip()) {
    const Shape shapes[] = {
        {.workers_min = 2, .workers_max = 2, .jobs = 2, .idle_wakes = 1},
        {.workers_min = 1, .workers_max = 2, .jobs = 2, .one_by_one = false, .checks = 1, .idle_wakes = 0},
    };
    check_shapes(shapes, 1000);
}

TEST_CASE("a machine that loses wakes, or excludes nobody, does not go unnoticed") {
    for (const ThreadFault fault : {ThreadFault::wait_lets_go_too_early, ThreadFault::loses_a_wake, ThreadFault::mutex_excludes_nobody}) {
        CAPTURE(static_cast<int>(fault));
        CHECK(goes_wrong([fault] { return explore([fault] { use_pool({.jobs = 2, .fault = fault, .idle_wakes = 0}); }); }));
    }
}
