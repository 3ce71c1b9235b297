// SPDX-License-Identifier: MIT
// Signals as events: counters that a handler may touch, and the callback that empties them.
#include "event/signals.hpp"

#include <array>
#include <atomic>
#include <csignal>

#include "base/assert.hpp"

namespace filesrv::event {
namespace {

/// All that the handler knows; lock-free atomics are what signal-safety(7) allows it.
struct Arrivals {
    std::array<std::atomic<unsigned>, NSIG> counts{};
    std::atomic<const os::Wakeup*> wakeup = nullptr;
};
static_assert(std::atomic<unsigned>::is_always_lock_free && std::atomic<const os::Wakeup*>::is_always_lock_free);

constinit Arrivals arrivals;

void count_signal(int signal) {
    arrivals.counts[static_cast<std::size_t>(signal)].fetch_add(1, std::memory_order_relaxed);
    if (const os::Wakeup* wakeup = arrivals.wakeup.load(std::memory_order_acquire)) wakeup->wake();
}

}  // namespace

Signals::Signals(Poller& poller, os::Wakeup wakeup, Callback callback)
    : poller_(poller), wakeup_(std::move(wakeup)), callback_(std::move(callback)) {
    FS_ASSERT(callback_ != nullptr);
    for (auto& count : arrivals.counts) count.store(0, std::memory_order_relaxed);
    const os::Wakeup* former = arrivals.wakeup.exchange(&wakeup_, std::memory_order_acq_rel);
    FS_ASSERT(former == nullptr);
}

Signals::~Signals() {
    handlers_.clear();
    arrivals.wakeup.store(nullptr, std::memory_order_release);
    (void)poller_.remove(wakeup_.fd());  // not there if `take_over` failed early
}

Result<void> Signals::take_over(std::span<const int> signals) {
    if (auto added = poller_.add(wakeup_.fd(), Interest::level_read, *this); !added) return added;
    handlers_.reserve(signals.size());
    for (const int signal : signals) {
        auto handler = os::SignalHandler::install(signal, count_signal);
        if (!handler) return std::unexpected(handler.error());
        handlers_.push_back(std::move(*handler));
    }
    return {};
}

Result<std::unique_ptr<Signals>> Signals::create(Poller& poller, std::span<const int> signals, Callback callback) {
    auto wakeup = os::Wakeup::create();
    if (!wakeup) return std::unexpected(wakeup.error());
    std::unique_ptr<Signals> created(new Signals(poller, std::move(*wakeup), std::move(callback)));
    if (auto taken = created->take_over(signals); !taken) return std::unexpected(taken.error());
    return created;
}

void Signals::on_ready(Readiness) noexcept {
    // Cleared first: a signal that comes while the counters are read wakes again.
    wakeup_.clear();
    for (std::size_t signal = 0; signal < arrivals.counts.size(); ++signal) {
        unsigned count = arrivals.counts[signal].exchange(0, std::memory_order_relaxed);
        for (; count > 0; --count) callback_(static_cast<int>(signal));
    }
}

}  // namespace filesrv::event
