// SPDX-License-Identifier: MIT
#include "serve/worker_pool.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <deque>
#include <new>
#include <set>
#include <string>
#include <thread>

#include <signal.h>

#include "os/clock.hpp"

using namespace filesrv;
using namespace filesrv::serve;
using namespace std::chrono_literals;

namespace {

std::atomic<int> contexts_alive{0};

struct TestContext : WorkerContext {
    TestContext() { ++contexts_alive; }
    ~TestContext() override { --contexts_alive; }
};

PoolSettings settings(std::size_t workers_min, std::size_t workers_max, std::size_t cores) {
    PoolSettings made;
    made.workers_min = workers_min;
    made.workers_max = workers_max;
    made.cores = cores;
    made.make_context = [] { return std::make_unique<TestContext>(); };
    return made;
}

/// A job that does what it is told.
struct Task : Job {
    explicit Task(std::function<void(Worker&)> action) : action_(std::move(action)) {}
    void run(Worker& worker) noexcept override { action_(worker); }
    std::function<void(Worker&)> action_;
};

/// Holds whoever passes until it is opened.
class Gate {
public:
    void pass() {
        std::unique_lock lock(mutex_);
        ++inside_;
        open_now_.wait(lock, [&] { return open_; });
        --inside_;
    }
    void open() {
        const std::lock_guard lock(mutex_);
        open_ = true;
        open_now_.notify_all();
    }
    std::size_t inside() {
        const std::lock_guard lock(mutex_);
        return inside_;
    }

private:
    std::mutex mutex_;
    std::condition_variable open_now_;
    std::size_t inside_ = 0;
    bool open_ = false;
};

/// Lets others run until the condition holds; false after ten seconds, which only a bug takes.
template <class Condition>
bool eventually(Condition holds) {
    const auto end = std::chrono::steady_clock::now() + 10s;
    while (!holds()) {
        if (std::chrono::steady_clock::now() > end) return false;
        std::this_thread::yield();
    }
    return true;
}

constexpr Instant start_time{1h};
constexpr Instant later = start_time + 3ms;

/// Tasks of one kind, alive until the pool is done with them.
class Tasks {
public:
    Tasks(std::size_t count, const std::function<void(Worker&)>& action) {
        for (std::size_t i = 0; i < count; ++i) tasks_.emplace_back(action);
    }
    void push_to(WorkerPool& pool) {
        IntrusiveList<Job> batch;
        for (Task& task : tasks_) batch.push_back(task);
        pool.push(batch, start_time);
        CHECK(batch.empty());
    }

private:
    std::deque<Task> tasks_;
};

}  // namespace

TEST_CASE("one worker runs jobs in the order in which they were pushed") {
    std::vector<int> order;
    std::deque<Task> tasks;
    WorkerPool pool(settings(1, 1, 1));
    REQUIRE(pool.start());
    IntrusiveList<Job> batch;
    for (int i = 0; i < 200; ++i) batch.push_back(tasks.emplace_back([&order, i](Worker&) { order.push_back(i); }));
    pool.push(batch, start_time);
    pool.shutdown();
    REQUIRE(order.size() == 200);
    CHECK(std::is_sorted(order.begin(), order.end()));
    CHECK(pool.counters().entered == 200);
    CHECK(pool.counters().left == 200);
}

TEST_CASE("51 blocked jobs all run after four batches of new workers") {
    Gate gate;
    Tasks tasks(51, [&](Worker& worker) {
        const BlockingMark mark(&worker);
        const BlockingMark nested(&worker);
        gate.pass();
    });
    WorkerPool pool(settings(2, 256, 2));
    REQUIRE(pool.start());
    tasks.push_to(pool);
    CHECK(pool.check(start_time + 2ms).begun == 0);  // patience
    std::vector<std::size_t> batches;
    CHECK(eventually([&] {
        const std::size_t begun = pool.check(later).begun;
        if (begun > 0) batches.push_back(begun);
        return gate.inside() == 51;
    }));
    CHECK(batches == std::vector<std::size_t>{16, 16, 16, 1});
    CHECK(pool.counters().peak == 51);
    CHECK(pool.counters().marked == 51);
    CHECK(pool.check(later).look_again == Duration::max());
    gate.open();
    pool.shutdown();
    CHECK(pool.counters().left == 51);
    CHECK(pool.counters().marked == 0);
    CHECK(contexts_alive == 0);
}

TEST_CASE("jobs that compute do not grow the pool above the cores") {
    for (const std::size_t workers_min : {1u, 2u, 4u}) {
        CAPTURE(workers_min);
        Gate gate;
        Tasks tasks(40, [&](Worker&) { gate.pass(); });
        WorkerPool pool(settings(workers_min, 64, 4));
        REQUIRE(pool.start());
        tasks.push_to(pool);
        CHECK(eventually([&] {
            pool.check(later);
            return gate.inside() == 4;
        }));
        for (int i = 0; i < 100; ++i) CHECK(pool.check(later + i * 1s).begun == 0);
        CHECK(pool.counters().total == 4);
        gate.open();
        pool.shutdown();
        CHECK(pool.counters().left == 40);
    }
}

TEST_CASE("at the maximum jobs wait and the reactor need not look") {
    Gate gate;
    Tasks tasks(10, [&](Worker& worker) {
        const BlockingMark mark(&worker);
        gate.pass();
    });
    WorkerPool pool(settings(1, 3, 2));
    REQUIRE(pool.start());
    tasks.push_to(pool);
    CHECK(eventually([&] {
        pool.check(later);
        return gate.inside() == 3;
    }));
    const CheckResult result = pool.check(later + 1h);
    CHECK(result.begun == 0);
    CHECK(result.look_again == Duration::max());
    CHECK(pool.waiting() == 7);
    gate.open();
    CHECK(eventually([&] { return pool.counters().left == 10; }));
    CHECK(pool.counters().peak == 3);
}

TEST_CASE("idle workers leave down to the minimum, and their contexts with them") {
    Gate gate;
    Tasks tasks(12, [&](Worker& worker) {
        const BlockingMark mark(&worker);
        gate.pass();
    });
    PoolSettings chosen = settings(2, 64, 2);
    chosen.idle_leave = 5ms;
    WorkerPool pool(chosen);
    REQUIRE(pool.start());
    tasks.push_to(pool);
    CHECK(eventually([&] {
        pool.check(later);
        return gate.inside() == 12;
    }));
    gate.open();
    CHECK(eventually([&] { return pool.counters().total == 2; }));
    CHECK(eventually([] { return contexts_alive == 2; }));
    CHECK(pool.counters().retired == 10);
    pool.shutdown();
    CHECK(pool.counters().retired == 12);
    CHECK(contexts_alive == 0);
}

namespace {

std::atomic<int> threads_allowed{0};

Result<os::ThreadHandle> start_thread_while_allowed(void* (*entry)(void*), void* argument) noexcept {
    if (threads_allowed.fetch_sub(1) <= 0) return failure(EAGAIN, "pthread_create");
    return os::start_thread(entry, argument);
}

}  // namespace

TEST_CASE("when no thread can be made the jobs wait, it is said once, and asked again later") {
    Gate gate;
    Tasks tasks(5, [&](Worker& worker) {
        const BlockingMark mark(&worker);
        gate.pass();
    });
    PoolSettings chosen = settings(1, 64, 2);
    chosen.start_thread = &start_thread_while_allowed;
    threads_allowed = 1;
    WorkerPool pool(chosen);
    REQUIRE(pool.start());
    tasks.push_to(pool);
    CHECK(eventually([&] { return gate.inside() == 1; }));
    const CheckResult first = pool.check(later);
    REQUIRE(first.failure);
    CHECK(first.failure->code == EAGAIN);
    CHECK(pool.check(later + growth_backoff / 2).look_again == growth_backoff / 2);
    CHECK(pool.counters().failures == 1);
    CHECK_FALSE(pool.check(later + growth_backoff).failure);  // tried, failed, already said
    CHECK(pool.counters().failures == 2);
    threads_allowed = 4;
    CHECK(pool.check(later + 2 * growth_backoff).begun == 4);
    CHECK(eventually([&] { return gate.inside() == 5; }));
    gate.open();
}

TEST_CASE("a pool that cannot begin one thread does not start") {
    PoolSettings chosen = settings(2, 4, 1);
    chosen.start_thread = &start_thread_while_allowed;
    threads_allowed = 0;
    WorkerPool none(chosen);
    CHECK(none.start().error().code == EAGAIN);
    threads_allowed = 1;
    WorkerPool fewer(chosen);
    CHECK(fewer.start());
    CHECK(fewer.counters().total == 1);
}

TEST_CASE("a worker without memory for its buffers leaves, and its job waits for another") {
    std::atomic<int> births{0};
    PoolSettings chosen = settings(1, 4, 4);
    chosen.make_context = [&]() -> std::unique_ptr<WorkerContext> {
        if (births.fetch_add(1) == 0) throw std::bad_alloc();
        return std::make_unique<TestContext>();
    };
    WorkerPool pool(std::move(chosen));
    REQUIRE(pool.start());
    std::atomic<bool> ran{false};
    Task task([&](Worker&) { ran = true; });
    pool.push(task, Instant{});
    for (Instant now = os::monotonic_now(); !ran; now += 10ms) {  // a reactor's looks
        (void)pool.check(now);
        std::this_thread::sleep_for(1ms);
    }
    CHECK(births == 2);
    CHECK(pool.counters().failures == 1);
    CHECK(pool.counters().total == 1);
}

TEST_CASE("workers have names of their own and take no signals") {
    Gate gate;
    std::mutex mutex;
    std::set<std::string> names;
    std::size_t open_to_signals = 0;
    Tasks tasks(3, [&](Worker&) {
        std::array<char, 16> name{};
        ::pthread_getname_np(::pthread_self(), name.data(), name.size());
        sigset_t blocked;
        ::pthread_sigmask(SIG_SETMASK, nullptr, &blocked);
        {
            const std::lock_guard lock(mutex);
            names.insert(name.data());
            if (!sigismember(&blocked, SIGTERM) || !sigismember(&blocked, SIGHUP)) ++open_to_signals;
        }
        gate.pass();
    });
    WorkerPool pool(settings(3, 3, 1));
    REQUIRE(pool.start());
    tasks.push_to(pool);
    CHECK(eventually([&] { return gate.inside() == 3; }));
    CHECK(names == std::set<std::string>{"worker-1", "worker-2", "worker-3"});
    CHECK(open_to_signals == 0);
    gate.open();
}

TEST_CASE("a job may push itself again, or end its own life") {
    std::atomic<int> runs{0};
    struct Again : Job {
        WorkerPool* pool = nullptr;
        std::atomic<int>* runs = nullptr;
        void run(Worker&) noexcept override {
            if (++*runs < 100) {
                pool->push(*this, start_time);
            } else {
                delete this;
            }
        }
    };
    WorkerPool pool(settings(2, 2, 2));
    REQUIRE(pool.start());
    auto* const job = new Again;
    job->pool = &pool;
    job->runs = &runs;
    pool.push(*job, start_time);
    CHECK(eventually([&] { return pool.counters().left == 100; }));
    CHECK(runs == 100);
}

namespace {

/// Pushes tasks in batches of random sizes and plays monitor, now and then until nothing waits, so that the next push
/// meets parked workers only.
void push_in_batches(WorkerPool& pool, std::deque<Task>& tasks, unsigned seed) {
    for (std::size_t done = 0; done < tasks.size();) {
        seed = seed * 1664525 + 1013904223;
        const std::size_t size = std::min<std::size_t>(seed >> 25, tasks.size() - done);
        IntrusiveList<Job> batch;
        for (std::size_t i = 0; i < size; ++i) batch.push_back(tasks[done + i]);
        done += size;
        pool.push(batch, start_time);
        pool.check(later);
        if ((seed >> 20 & 3) == 0) CHECK(eventually([&] { return pool.waiting() == 0; }));
    }
}

}  // namespace

TEST_CASE("no wake-up is lost while workers park, leave and are begun from several sides") {
    constexpr std::size_t jobs_each = 5000;
    std::atomic<std::size_t> ran{0};
    std::array<std::deque<Task>, 2> tasks;
    for (std::size_t i = 0; i < 2 * jobs_each; ++i) {
        tasks[i % 2].emplace_back([&ran, i](Worker& worker) {
            const BlockingMark mark(i % 3 == 0 ? &worker : nullptr);
            ran.fetch_add(1, std::memory_order_relaxed);
            if (i % 5 == 0) std::this_thread::yield();
        });
    }
    PoolSettings chosen = settings(1, 12, 2);
    chosen.idle_leave = 50us;  // parking, waking and leaving collide all the time
    WorkerPool pool(chosen);
    REQUIRE(pool.start());
    std::thread other([&] { push_in_batches(pool, tasks[0], 7); });
    push_in_batches(pool, tasks[1], 42);
    other.join();
    CHECK(eventually([&] { return pool.counters().left == 2 * jobs_each; }));
    CHECK(ran == 2 * jobs_each);
    CHECK(pool.counters().total >= 1);
    pool.shutdown();
    CHECK(pool.counters().entered == pool.counters().left);
    CHECK(pool.counters().started == pool.counters().retired);
    CHECK(contexts_alive == 0);
}
