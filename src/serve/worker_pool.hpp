// SPDX-License-Identifier: MIT
// The pool of worker threads that does everything long: one job a worker, one worker a job.
//
// One mutex guards the FIFO of jobs and the LIFO of parked workers. A worker looks for a job and parks in one critical
// section, and a push hands jobs to parked workers in one critical section. So between two of them holds:
//     a worker is parked  ⇒  no job waits.
// No wake-up can be lost, since none is needed to find a job: a parked worker is woken with its job already in hand.
// LIFO, because the worker that parked last is the warmest, and those at the bottom grow cold and leave.
//
// The pool has no thread of its own that watches it: reactors call check() once a turn, and it costs them one relaxed
// load while no job waits.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "base/clock.hpp"
#include "base/error.hpp"
#include "base/intrusive_list.hpp"
#include "base/mutex.hpp"
#include "os/thread.hpp"
#include "serve/pool_growth.hpp"

namespace filesrv::serve {

class Worker;
class WorkerPool;

/// What a thread keeps from job to job: buffers, counters. Made and destroyed on its worker's thread.
class WorkerContext {
public:
    WorkerContext() = default;
    WorkerContext(const WorkerContext&) = delete;
    WorkerContext& operator=(const WorkerContext&) = delete;
    virtual ~WorkerContext() = default;
};

/// A piece of work. The pool does not own it, and forgets it before run(): run() may push it again or destroy it.
class Job : public ListHook {
public:
    virtual void run(Worker& worker) noexcept = 0;

protected:
    Job() = default;
    virtual ~Job() = default;  // protected: nobody deletes through this base

private:
    friend class WorkerPool;
    Instant pushed_at_{};
};

/// One thread of the pool, as a job sees it.
class Worker {
public:
    /// From 1; the thread is named `worker-N`. Unique among the living.
    [[nodiscard]] std::size_t number() const noexcept { return number_; }
    [[nodiscard]] WorkerContext& context() noexcept;

private:
    friend class WorkerPool;
    friend class BlockingMark;
    Worker(WorkerPool& pool, std::size_t number) noexcept : pool_(pool), number_(number) {}
    /// One writer: no read-modify-write that others could come between.
    void count_mark() noexcept {
        mark_serial_.store(mark_serial_.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
    }

    WorkerPool& pool_;
    const std::size_t number_;
    unsigned mark_depth_ = 0;                  // own thread only
    std::atomic<std::uint32_t> mark_serial_{0};  // own thread writes; odd = inside a mark
    std::uint32_t seen_serial_ = 0;            // guarded by WorkerPool::mutex_, as the two below
    Instant seen_at_{};
    bool stuck_ = false;
    std::unique_ptr<WorkerContext> context_;   // own thread only
    Job* handed_ = nullptr;                    // guarded by WorkerPool::mutex_
    std::condition_variable wake_;             // waits on WorkerPool::mutex_
};

/// Says, while it lives, that the worker is in a call that may block, so that the pool replaces it when jobs wait.
/// May be nested. On the worker's own thread only. Null marks nothing: for code that reactors run too.
class BlockingMark {
public:
    explicit BlockingMark(Worker* worker) noexcept;
    BlockingMark(const BlockingMark&) = delete;
    BlockingMark& operator=(const BlockingMark&) = delete;
    ~BlockingMark();

private:
    Worker* const worker_;
};

struct PoolSettings {
    std::size_t workers_min = 2;   ///< at least 1
    std::size_t workers_max = 256;
    std::size_t cores = 1;         ///< see pool_growth.hpp
    Duration idle_leave = std::chrono::seconds(10);  ///< a worker above the minimum leaves after so long without a job
    std::function<std::unique_ptr<WorkerContext>()> make_context;  ///< called on each new thread, possibly at once; may fail for want of memory
    decltype(&os::start_thread) start_thread = &os::start_thread;  ///< a seam: tests let it fail
};

/// All of one moment, except `marked`.
struct PoolCounters {
    std::uint64_t entered = 0;        ///< jobs taken
    std::uint64_t left = 0;           ///< jobs whose run() has returned; entered == left when none is in hand
    std::uint64_t started = 0;        ///< threads begun, ever
    std::uint64_t retired = 0;        ///< threads that left, ever
    std::uint64_t failures = 0;       ///< threads that could not be made
    std::size_t waiting = 0;
    std::size_t busy = 0;
    std::size_t marked = 0;
    std::size_t total = 0;
    std::size_t peak = 0;             ///< the highest `total`
    std::size_t stuck = 0;            ///< inside one call for too long, at the last look
    std::uint64_t stuck_ever = 0;
};

/// What a look for stuck workers has found; workers by their numbers.
struct StuckWorkers {
    std::size_t now = 0;
    std::vector<std::size_t> fresh;      ///< stuck since this look
    std::vector<std::size_t> recovered;  ///< stuck at the last look, and no longer
};

struct CheckResult {
    std::size_t begun = 0;           ///< workers begun by this call
    std::optional<Error> failure;    ///< a thread could not be made: once until one can be made again, for the log
    Duration look_again = Duration::max();  ///< the reactor's longest wait; max() = a check changes nothing
};

class WorkerPool {
public:
    explicit WorkerPool(PoolSettings settings);
    WorkerPool(const WorkerPool&) = delete;
    WorkerPool& operator=(const WorkerPool&) = delete;
    /// Shuts down if shutdown() was not called.
    ~WorkerPool();

    /// Begins the minimum of workers, once. Fails when not even one thread can be made; fewer than the minimum do.
    [[nodiscard]] Result<void> start();

    /// For so many workers, should there be wanted so many: it takes all the memory that set_range() needs (std::bad_alloc).
    void make_room(std::size_t workers_max);

    /// Other bounds from now on: begins what the minimum lacks, lets who is above the maximum leave when idle.
    /// Without memory for that (std::bad_alloc) the bounds stay; after make_room() there is.
    void set_range(std::size_t workers_min, std::size_t workers_max);

    /// Queues every job of the batch, in order, and empties it. Any thread; never blocks longer than the mutex.
    /// Not after shutdown() has begun.
    void push(IntrusiveList<Job>& batch, Instant now) noexcept;
    void push(Job& job, Instant now) noexcept;

    /// The monitor: begins workers when jobs have waited too long. Once a turn of each reactor.
    CheckResult check(Instant now) noexcept;

    /// Jobs that nobody has taken. Lock-free, of a moment ago.
    [[nodiscard]] std::size_t waiting() const noexcept { return waiting_.load(std::memory_order_relaxed); }

    [[nodiscard]] PoolCounters counters() const;

    /// Looks for workers that have been inside one marked call for `limit`, as far as the looks before this one can tell:
    /// call it several times in that span. Computing is never stuck.
    [[nodiscard]] StuckWorkers look_for_stuck(Instant now, Duration limit);
    /// Not all workers were stuck at the last look, or another could be begun.
    [[nodiscard]] bool can_take_work() const;

    /// Runs what is queued, lets every worker leave, and joins them. Blocks as long as the jobs do.
    void shutdown() noexcept;

private:
    friend class BlockingMark;

    static void* thread_entry(void* worker) noexcept;
    void live(Worker& self) noexcept;
    Job* next_job(MutexLock& lock, Worker& self) noexcept FS_REQUIRES(mutex_);
    void take_waiting(Worker& self) noexcept FS_REQUIRES(mutex_);
    void park(MutexLock& lock, Worker& self) noexcept FS_REQUIRES(mutex_);
    /// Whom the leaver joins, after the lock.
    [[nodiscard]] std::optional<os::ThreadHandle> give_up_slot(Worker& self) noexcept FS_REQUIRES(mutex_);
    void push_chunk(IntrusiveList<Job>& chunk, std::size_t count) noexcept;
    [[nodiscard]] Result<Worker*> claim_slot() noexcept;
    [[nodiscard]] std::unique_ptr<WorkerContext> make_context() noexcept;
    Result<bool> begin_worker() noexcept;
    std::size_t plan_growth(Instant now, CheckResult& result) noexcept;

    const PoolSettings settings_;
    std::atomic<std::size_t> marked_{0};   // any worker; relaxed: a figure for the rule, orders nothing
    std::atomic<std::size_t> waiting_{0};  // written under mutex_, read by waiting() and check() without it

    mutable Mutex mutex_;
    std::condition_variable all_left_;
    std::size_t workers_min_ FS_GUARDED_BY(mutex_);
    std::size_t workers_max_ FS_GUARDED_BY(mutex_);
    IntrusiveList<Job> fifo_ FS_GUARDED_BY(mutex_);
    std::vector<Worker*> parked_ FS_GUARDED_BY(mutex_);  // LIFO; its memory is reserved at the start
    // Never freed before the pool: a late notify meets a living object.
    std::vector<std::unique_ptr<Worker>> slots_ FS_GUARDED_BY(mutex_);
    std::vector<Worker*> free_slots_ FS_GUARDED_BY(mutex_);
    // Each leaver joins the one before it, shutdown() the last.
    std::optional<os::ThreadHandle> last_left_ FS_GUARDED_BY(mutex_);
    PoolCounters counters_ FS_GUARDED_BY(mutex_);  // without waiting and marked
    std::size_t newborn_ FS_GUARDED_BY(mutex_) = 0;
    Instant retry_at_ FS_GUARDED_BY(mutex_){};
    bool failing_ FS_GUARDED_BY(mutex_) = false;
    bool stopping_ FS_GUARDED_BY(mutex_) = false;
};

}  // namespace filesrv::serve
