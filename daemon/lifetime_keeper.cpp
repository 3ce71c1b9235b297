// SPDX-License-Identifier: MIT
// Keeping the lifetime counters: differences, and who writes them when.
#include "daemon/lifetime_keeper.hpp"

#include <cerrno>
#include <filesystem>
#include <new>
#include <thread>
#include <utility>

#include "base/assert.hpp"
#include "daemon/cold_start.hpp"
#include "daemon/lifetime_file.hpp"
#include "observe/log.hpp"

namespace filesrv::daemon {
namespace {

/// After a failure: a full disk is not asked again each time somebody comes.
constexpr Duration retry_interval = std::chrono::minutes(1);
/// How long leaving waits for a write that a worker has begun.
constexpr Duration leave_patience = std::chrono::milliseconds(100);

}  // namespace

LifetimeKeeper::LifetimeKeeper(serve::Server& server, std::string folder, bool client_waits)
    : server_(server), folder_(std::move(folder)), client_waits_(client_waits) {}

std::optional<Duration> LifetimeKeeper::cold_start() const {
    const std::int64_t first = server_.counters().sum().first_sent_ns;
    if (!client_waits_ || first == 0) return std::nullopt;
    return Instant(Duration(first)) - process_began;
}

observe::Lifetime LifetimeKeeper::not_yet_kept() const {
    const serve::Totals totals = server_.counters().sum();
    FS_ASSERT(totals.requests_ended >= kept_.requests && kept_.starts <= 1);
    observe::Lifetime delta{.requests = totals.requests_ended - kept_.requests,
                            .by = observe::grown_by(server_.counters().answers(), kept_.by),
                            .bytes_received = totals.bytes_received - kept_.bytes_received,
                            .bytes_sent = totals.bytes_sent - kept_.bytes_sent,
                            .uploads = totals.uploads - kept_.uploads,
                            .errors = totals.errors - kept_.errors,
                            .starts = 1 - kept_.starts};
    const auto cold = cold_start();
    if (cold && kept_.cold_starts.count == 0) {
        const auto micros = static_cast<std::uint64_t>(std::chrono::duration_cast<std::chrono::microseconds>(*cold).count());
        delta.cold_starts = {.count = 1, .total_us = micros, .last_us = micros, .longest_us = micros};
    }
    return delta;
}

bool LifetimeKeeper::beat(Instant now) {
    if (folder_.empty()) return false;
    if (writing_.load(std::memory_order_acquire)) return true;
    // After a failure it rests: the next thing that happens after a minute tries again.
    if (failing_.load(std::memory_order_relaxed) && now < look_again_ - interval + retry_interval) return false;
    observe::Lifetime delta = not_yet_kept();
    if (delta == observe::Lifetime{}) return false;
    if (now < look_again_) return true;
    look_again_ = now + interval;
    pending_ = std::move(delta);
    writing_.store(true, std::memory_order_release);
    server_.pool().push(*this, now);
    return true;
}

void LifetimeKeeper::run(serve::Worker& worker) noexcept {
    {
        const serve::BlockingMark mark(&worker);
        write(pending_);
    }
    writing_.store(false, std::memory_order_release);
}

observe::Lifetime LifetimeKeeper::so_far() const {
    const std::lock_guard lock(file_mutex_);
    observe::Lifetime all = folder_.empty() ? observe::Lifetime{} : look_at_lifetime(folder_);
    observe::add(all, not_yet_kept());
    return all;
}

/// The sandbox allows the folder that was there at the start, landlock(7), and nobody would guess that from its EACCES.
std::string LifetimeKeeper::why(const Error& error) const {
    if (error.code != EACCES) return error.message();
    std::error_code unknown;
    if (!std::filesystem::exists(folder_, unknown) && !unknown)
        return "the folder is gone, and we may not make it again while we run: filesrvctl upgrade, or another start, does";
    if (kept_.starts == 0) return error.message();
    return error.message() + ": if the folder was made anew, it is out of our sandbox's reach until filesrvctl upgrade, or another start";
}

/// What could not be written for want of memory is part of the next difference.
void LifetimeKeeper::write(const observe::Lifetime& delta) noexcept {
    try {
        try_to_write(delta);
    } catch (const std::bad_alloc&) {
        failing_.store(true, std::memory_order_relaxed);
    }
}

void LifetimeKeeper::try_to_write(const observe::Lifetime& delta) {
    const std::lock_guard lock(file_mutex_);
    observe::Lifetime kept = kept_;
    observe::add(kept, delta);  // first: what is in the file must not be added to it again
    if (const auto added = add_to_lifetime(folder_, delta)) {
        kept_ = std::move(kept);
        failing_.store(false, std::memory_order_relaxed);
    } else if (!failing_.exchange(true, std::memory_order_relaxed)) {
        observe::log(LogLevel::warning, "lifetime counters are not kept: " + folder_ + ": " + why(added.error()));
    }
}

void LifetimeKeeper::leave(const std::string& reason) noexcept {
    if (folder_.empty()) return;
    // A worker may be stuck in its write: then the rest is lost rather than the exit.
    for (Instant until = os::monotonic_now() + leave_patience; writing_.load(std::memory_order_acquire);) {
        if (os::monotonic_now() >= until) return;
        std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    try {
        observe::Lifetime delta = not_yet_kept();
        delta.last_exit_reason = reason;
        delta.last_exit_s = std::chrono::floor<std::chrono::seconds>(os::wall_now().time_since_epoch()).count();
        try_to_write(delta);
    } catch (const std::bad_alloc&) {
        observe::log(LogLevel::warning, "lifetime counters: the last of them are lost: out of memory");
    }
}

}  // namespace filesrv::daemon
