// SPDX-License-Identifier: MIT
// The pool of worker threads: pushing, parking, growing, leaving.
#include "serve/worker_pool.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <new>
#include <utility>

#include "base/assert.hpp"
#include "os/clock.hpp"

namespace filesrv::serve {
namespace {

/// Jobs queued, and so workers woken, by one critical section: bounds the list of those to notify after it.
constexpr std::size_t chunk_jobs_max = 64;

}  // namespace

WorkerContext& Worker::context() noexcept {
    FS_ASSERT(context_ != nullptr);
    return *context_;
}

BlockingMark::BlockingMark(Worker* worker) noexcept : worker_(worker) {
    if (worker_ == nullptr || worker_->mark_depth_++ > 0) return;
    worker_->pool_.marked_.fetch_add(1, std::memory_order_relaxed);
    worker_->count_mark();
}

BlockingMark::~BlockingMark() {
    if (worker_ == nullptr) return;
    FS_ASSERT(worker_->mark_depth_ > 0);
    if (--worker_->mark_depth_ > 0) return;
    worker_->pool_.marked_.fetch_sub(1, std::memory_order_relaxed);
    worker_->count_mark();
}

WorkerPool::WorkerPool(PoolSettings settings)
    : settings_(std::move(settings)), workers_min_(settings_.workers_min), workers_max_(settings_.workers_max) {
    FS_ASSERT(settings_.workers_min >= 1 && settings_.workers_min <= settings_.workers_max);
    FS_ASSERT(settings_.cores >= 1);
    FS_ASSERT(settings_.idle_leave > Duration::zero() && settings_.idle_leave <= std::chrono::hours(24 * 365));
    FS_ASSERT(settings_.make_context != nullptr);
    // Reserved here so that no critical section allocates for them.
    parked_.reserve(settings_.workers_max);
    slots_.reserve(settings_.workers_max);
    free_slots_.reserve(settings_.workers_max);
}

WorkerPool::~WorkerPool() { shutdown(); }

Result<void> WorkerPool::start() {
    {
        const MutexLock lock(mutex_);
        FS_ASSERT(counters_.started == 0 && !stopping_);
    }
    for (std::size_t i = 0; i < settings_.workers_min; ++i) {
        auto begun = begin_worker();
        if (!begun && i == 0) return std::unexpected<Error>(std::move(begun.error()));
        if (!begun) break;  // one is enough to live on; check() begins more when there is room again
    }
    return {};
}

void WorkerPool::make_room(std::size_t workers_max) {
    const MutexLock lock(mutex_);
    parked_.reserve(workers_max);
    slots_.reserve(workers_max);
    free_slots_.reserve(workers_max);
}

void WorkerPool::set_range(std::size_t workers_min, std::size_t workers_max) {
    FS_ASSERT(workers_min >= 1 && workers_min <= workers_max);
    make_room(workers_max);
    {
        const MutexLock lock(mutex_);
        workers_min_ = workers_min;
        workers_max_ = workers_max;
        // Who parked when fewer were the minimum waits without a deadline: they look at the new one.
        for (Worker* worker : parked_) worker->wake_.notify_one();
    }
    while (counters().total < workers_min) {
        const auto begun = begin_worker();
        if (!begun || !*begun) return;  // check() begins more when requests wait and there is room again
    }
}

void WorkerPool::push(Job& job, Instant now) noexcept {
    IntrusiveList<Job> batch;
    batch.push_back(job);
    push(batch, now);
}

void WorkerPool::push(IntrusiveList<Job>& batch, Instant now) noexcept {
    while (!batch.empty()) {
        IntrusiveList<Job> chunk;
        std::size_t count = 0;
        for (; count < chunk_jobs_max && !batch.empty(); ++count) {
            Job& job = batch.pop_front();
            job.pushed_at_ = now;
            chunk.push_back(job);
        }
        push_chunk(chunk, count);
    }
}

void WorkerPool::push_chunk(IntrusiveList<Job>& chunk, std::size_t count) noexcept {
    FS_ASSERT(count > 0 && count <= chunk_jobs_max);
    std::array<Worker*, chunk_jobs_max> woken;
    std::size_t woken_count = 0;
    {
        const MutexLock lock(mutex_);
        FS_ASSERT(!stopping_);
        FS_ASSERT(parked_.empty() || fifo_.empty());
        fifo_.splice_back(chunk);
        waiting_.store(waiting() + count, std::memory_order_relaxed);
        while (!parked_.empty() && !fifo_.empty()) {
            Worker& worker = *parked_.back();
            parked_.pop_back();
            take_waiting(worker);
            woken[woken_count++] = &worker;
        }
    }
    // After the lock, so that nobody wakes up only to wait for it.
    for (std::size_t i = 0; i < woken_count; ++i) woken[i]->wake_.notify_one();
}

/// Gives the first waiting job to a worker: from here on it counts as busy, awake or not.
void WorkerPool::take_waiting(Worker& self) noexcept {
    FS_ASSERT(self.handed_ == nullptr);
    self.handed_ = &fifo_.pop_front();
    FS_ASSERT(waiting() > 0);
    waiting_.store(waiting() - 1, std::memory_order_relaxed);
    ++counters_.entered;
    ++counters_.busy;
    FS_ASSERT(counters_.busy <= counters_.total);
}

CheckResult WorkerPool::check(Instant now) noexcept {
    CheckResult result;
    if (waiting() == 0) return result;
    const std::size_t wanted = plan_growth(now, result);
    for (std::size_t i = 0; i < wanted; ++i) {
        auto begun = begin_worker();
        const MutexLock lock(mutex_);
        if (begun) {
            if (!*begun) break;  // several reactors check at once: another one was quicker
            ++result.begun;
            failing_ = false;
            continue;
        }
        if (!std::exchange(failing_, true)) result.failure = std::move(begun.error());
        retry_at_ = now + growth_backoff;
        break;
    }
    return result;
}

std::size_t WorkerPool::plan_growth(Instant now, CheckResult& result) noexcept {
    const MutexLock lock(mutex_);
    if (fifo_.empty() || stopping_) return 0;
    if (counters_.total >= workers_max_) return 0;  // a worker that gets free takes the next job by itself
    if (now < retry_at_) {
        result.look_again = retry_at_ - now;
        return 0;
    }
    result.look_again = growth_patience;
    return workers_to_begin({.waiting = waiting(),
                             .total = counters_.total,
                             .newborn = newborn_,
                             .busy = counters_.busy,
                             .marked = marked_.load(std::memory_order_relaxed),
                             .oldest_wait = now - fifo_.front().pushed_at_},
                            {.workers_max = workers_max_, .cores = settings_.cores});
}

/// A slot for a worker that is about to be begun, counted from here on. Null: the pool is full, or stopping.
Result<Worker*> WorkerPool::claim_slot() noexcept {
    const MutexLock lock(mutex_);
    if (stopping_ || counters_.total >= workers_max_) return nullptr;
    if (free_slots_.empty()) {
        std::unique_ptr<Worker> worker(new (std::nothrow) Worker(*this, slots_.size() + 1));
        if (worker == nullptr) return failure(ENOMEM, "begin a worker");
        slots_.push_back(std::move(worker));
        free_slots_.push_back(slots_.back().get());
    }
    Worker& worker = *free_slots_.back();
    free_slots_.pop_back();
    ++newborn_;
    ++counters_.started;
    counters_.peak = std::max(counters_.peak, ++counters_.total);
    return &worker;
}

/// False: there was no room.
Result<bool> WorkerPool::begin_worker() noexcept {
    const auto slot = claim_slot();
    if (!slot) return std::unexpected(slot.error());
    Worker* const worker = *slot;
    if (worker == nullptr) return false;
    auto thread = settings_.start_thread(&thread_entry, worker);
    if (thread) return true;
    const MutexLock lock(mutex_);
    free_slots_.push_back(worker);
    --newborn_;
    --counters_.started;
    --counters_.total;
    ++counters_.failures;
    if (counters_.total == 0) all_left_.notify_all();
    return std::unexpected<Error>(std::move(thread.error()));
}

void* WorkerPool::thread_entry(void* worker) noexcept {
    auto& self = *static_cast<Worker*>(worker);
    std::array<char, 32> name;
    std::snprintf(name.data(), name.size(), "worker-%zu", self.number_);
    os::name_this_thread(name.data());
    self.pool_.live(self);
    return nullptr;
}

void WorkerPool::live(Worker& self) noexcept {
    self.context_ = make_context();
    MutexLock lock(mutex_);
    --newborn_;
    if (self.context_ == nullptr) {
        ++counters_.failures;
        retry_at_ = os::monotonic_now() + growth_backoff;
    } else {
        while (Job* const job = next_job(lock, self)) {
            lock.unlock();
            job->run(self);  // the job may be gone from here on
            FS_ASSERT(self.mark_depth_ == 0);
            lock.lock();
            ++counters_.left;
            --counters_.busy;
        }
    }
    auto context = std::move(self.context_);
    const auto predecessor = give_up_slot(self);
    lock.unlock();  // neither the slot nor, after a shutdown's join, the pool is there from here on
    context.reset();
    if (predecessor) os::join(*predecessor);
}

/// Null without memory for it: then the worker leaves at once, and what it was begun for waits for another.
std::unique_ptr<WorkerContext> WorkerPool::make_context() noexcept {
    try {
        auto context = settings_.make_context();
        FS_ASSERT(context != nullptr);
        return context;
    } catch (const std::bad_alloc&) {
        return nullptr;
    }
}

/// The job to run next, waiting for one as long as this worker is wanted. Null: leave.
Job* WorkerPool::next_job(MutexLock& lock, Worker& self) noexcept {
    if (!fifo_.empty()) {
        take_waiting(self);
    } else if (!stopping_) {
        park(lock, self);
    }
    return std::exchange(self.handed_, nullptr);
}

void WorkerPool::park(MutexLock& lock, Worker& self) noexcept {
    FS_ASSERT(fifo_.empty() && self.handed_ == nullptr);
    parked_.push_back(&self);
    // Within the minimum nobody looks at the clock. The pool grows only while nobody is parked, so whoever parks while
    // it is large has a deadline, and those without one never outnumber the minimum.
    while (self.handed_ == nullptr && !stopping_) {
        if (counters_.total <= workers_min_) {
            lock.wait(self.wake_);
            continue;
        }
        const bool notified = lock.wait_for(self.wake_, settings_.idle_leave);
        if (!notified && counters_.total > workers_min_) break;
    }
    // A push took the worker from the list; a timeout and a shutdown leave that to the worker.
    if (self.handed_ == nullptr) std::erase(parked_, &self);
}

/// In the critical section that decided to leave, so that the pool cannot fall below its minimum.
std::optional<os::ThreadHandle> WorkerPool::give_up_slot(Worker& self) noexcept {
    FS_ASSERT(self.handed_ == nullptr && self.context_ == nullptr);
    free_slots_.push_back(&self);
    ++counters_.retired;
    if (--counters_.total == 0) all_left_.notify_all();
    return std::exchange(last_left_, os::this_thread());
}

PoolCounters WorkerPool::counters() const {
    const MutexLock lock(mutex_);
    PoolCounters copy = counters_;
    copy.waiting = waiting();
    copy.marked = marked_.load(std::memory_order_relaxed);
    return copy;
}

void WorkerPool::shutdown() noexcept {
    MutexLock lock(mutex_);
    stopping_ = true;
    for (Worker* const worker : parked_) worker->wake_.notify_one();
    while (counters_.total > 0) lock.wait(all_left_);
    FS_ASSERT(fifo_.empty() && parked_.empty());
    FS_ASSERT(counters_.entered == counters_.left && counters_.busy == 0);
    const auto last = std::exchange(last_left_, std::nullopt);
    lock.unlock();
    if (last) os::join(*last);
}

}  // namespace filesrv::serve
