// SPDX-License-Identifier: MIT
// The C library's mutexes, condition variables and threads, as the explorer runs them.
#include "modelled_threads.hpp"

#include <pthread.h>
#include <time.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <map>
#include <set>
#include <utility>
#include <vector>

#include "base/assert.hpp"
#include "explorer.hpp"
#include "of_library.hpp"
#include "watched_calls.hpp"

namespace filesrv::test {
namespace {

/// Who waits for a condition variable, from the moment at which a wake reaches it.
struct Waiter {
    const void* condition;
    std::size_t thread;
    bool is_woken = false;
};

struct State {
    ThreadFault fault;
    int idle_wakes;  ///< still allowed
    bool has_lost_a_wake = false;
    std::int64_t now = 0;  ///< the clock: it moves when a wait times out
    std::map<const void*, std::size_t> owners;  ///< of locked mutexes
    std::vector<Waiter> waiters;
    std::set<const void*> gone;  ///< condition variables, until another waits in their place
};

State* state = nullptr;

std::int64_t nanoseconds(const timespec& time) noexcept { return time.tv_sec * 1'000'000'000 + time.tv_nsec; }

bool is_locked(const void* mutex) { return state->owners.contains(mutex); }

void lock(const void* mutex) {
    if (state->fault == ThreadFault::mutex_excludes_nobody) return step({.object = mutex});
    step_when({.object = mutex}, [mutex] { return !is_locked(mutex); });
    state->owners[mutex] = model_thread();
}

void unlock(const void* mutex) {
    if (state->fault == ThreadFault::mutex_excludes_nobody) return step({.object = mutex});
    FS_ASSERT(state->owners.at(mutex) == model_thread());
    state->owners.erase(mutex);
}

const Waiter& waiter_of(std::size_t thread) { return *std::ranges::find(state->waiters, thread, &Waiter::thread); }

/// pthread_cond_wait(3): letting go of the mutex and waiting is one step.
int wait(const void* condition, const void* mutex, const timespec* deadline) {
    unlock(mutex);
    if (state->fault == ThreadFault::wait_lets_go_too_early) step({.object = condition});
    state->gone.erase(condition);
    const std::size_t self = model_thread();  // conditions are asked in anybody's name
    state->waiters.push_back({.condition = condition, .thread = self});
    step_when({.object = condition}, [=] { return deadline != nullptr || state->idle_wakes > 0 || waiter_of(self).is_woken; });
    const Waiter waiter = waiter_of(self);
    std::erase_if(state->waiters, [&](const Waiter& other) { return other.thread == waiter.thread; });
    const bool is_timeout = !waiter.is_woken && deadline != nullptr;
    if (is_timeout) state->now = std::max(state->now, nanoseconds(*deadline));
    else if (!waiter.is_woken) --state->idle_wakes;
    lock(mutex);
    return is_timeout ? ETIMEDOUT : 0;
}

void wake(const void* condition, bool all) {
    step({.object = condition});
    if (state->gone.contains(condition)) find("a condition variable is woken that is gone");
    if (state->fault == ThreadFault::loses_a_wake && !std::exchange(state->has_lost_a_wake, true)) return;
    std::vector<Waiter*> asleep;
    for (Waiter& waiter : state->waiters) {
        if (waiter.condition == condition && !waiter.is_woken) asleep.push_back(&waiter);
    }
    if (asleep.empty()) return;
    if (!all) asleep = {asleep[choose(asleep.size())]};
    for (Waiter* waiter : asleep) waiter->is_woken = true;
}

bool is_modelled() noexcept { return state != nullptr && is_exploring(); }

}  // namespace

ModelledThreads::ModelledThreads(ThreadFault fault, int idle_wakes) noexcept {
    state = new State{.fault = fault, .idle_wakes = idle_wakes, .owners = {}, .waiters = {}};
}

ModelledThreads::~ModelledThreads() { delete std::exchange(state, nullptr); }

Result<os::ThreadHandle> start_modelled_thread(void* (*entry)(void*), void* argument) noexcept {
    return os::ThreadHandle{.value = spawn([=] { (void)entry(argument); })};
}

}  // namespace filesrv::test

using namespace filesrv::test;

FS_IN_FRONT int pthread_mutex_lock(pthread_mutex_t* mutex) noexcept {
    static auto* const real = of_library<decltype(pthread_mutex_lock)>("pthread_mutex_lock");
    if (!is_modelled()) return real(mutex);
    lock(mutex);
    return 0;
}

FS_IN_FRONT int pthread_mutex_unlock(pthread_mutex_t* mutex) noexcept {
    static auto* const real = of_library<decltype(pthread_mutex_unlock)>("pthread_mutex_unlock");
    if (!is_modelled()) return real(mutex);
    unlock(mutex);
    return 0;
}

FS_IN_FRONT int pthread_cond_wait(pthread_cond_t* condition, pthread_mutex_t* mutex) {
    static auto* const real = of_library<decltype(pthread_cond_wait)>("pthread_cond_wait");
    return is_modelled() ? wait(condition, mutex, nullptr) : real(condition, mutex);
}

FS_IN_FRONT int pthread_cond_clockwait(pthread_cond_t* condition, pthread_mutex_t* mutex, clockid_t clock,
                                       const timespec* deadline) {
    static auto* const real = of_library<decltype(pthread_cond_clockwait)>("pthread_cond_clockwait");
    return is_modelled() ? wait(condition, mutex, deadline) : real(condition, mutex, clock, deadline);
}

FS_IN_FRONT int pthread_cond_signal(pthread_cond_t* condition) noexcept {
    static auto* const real = of_library<decltype(pthread_cond_signal)>("pthread_cond_signal");
    if (!is_modelled()) return real(condition);
    wake(condition, false);
    return 0;
}

FS_IN_FRONT int pthread_cond_broadcast(pthread_cond_t* condition) noexcept {
    static auto* const real = of_library<decltype(pthread_cond_broadcast)>("pthread_cond_broadcast");
    if (!is_modelled()) return real(condition);
    wake(condition, true);
    return 0;
}

FS_IN_FRONT int pthread_cond_destroy(pthread_cond_t* condition) noexcept {
    static auto* const real = of_library<decltype(pthread_cond_destroy)>("pthread_cond_destroy");
    if (!is_modelled()) return real(condition);
    state->gone.insert(condition);
    return 0;
}

FS_IN_FRONT int pthread_join(pthread_t thread, void** result) {
    static auto* const real = of_library<decltype(pthread_join)>("pthread_join");
    if (!is_modelled()) return real(thread, result);
    wait_for(thread);
    return 0;
}

FS_IN_FRONT pthread_t pthread_self() noexcept {
    static auto* const real = of_library<decltype(pthread_self)>("pthread_self");
    return is_modelled() ? model_thread() : real();
}

FS_IN_FRONT int pthread_setname_np(pthread_t thread, const char* name) noexcept {
    static auto* const real = of_library<decltype(pthread_setname_np)>("pthread_setname_np");
    return is_modelled() ? 0 : real(thread, name);
}

FS_IN_FRONT int clock_gettime(clockid_t clock, timespec* into) noexcept {
    static auto* const real = of_library<decltype(clock_gettime)>("clock_gettime");
    const auto set = [into](std::int64_t ns) { *into = {.tv_sec = ns / 1'000'000'000, .tv_nsec = ns % 1'000'000'000}; };
    if (is_modelled()) return set(state->now), 0;
    const int result = real(clock, into);
    CallWatcher* const watcher = CallWatcher::now();
    if (watcher == nullptr || result != 0) return result;
    if (clock == CLOCK_MONOTONIC) set(nanoseconds(*into) + watcher->ahead.count());
    if (clock != CLOCK_REALTIME) return result;
    watcher->before("clock_gettime");
    if (const auto* const time = watcher->wall_time()) set(time->time_since_epoch().count());
    return result;
}
