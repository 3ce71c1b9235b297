// SPDX-License-Identifier: MIT
// The backend of the BSDs and macOS: kqueue(2), kevent(2).
#include "event/kqueue_poller.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <ctime>
#include <string>

#include <fcntl.h>
#include <sys/event.h>

#include "base/assert.hpp"
#include "event/wait_failure.hpp"

namespace filesrv::event {
namespace {

constexpr std::size_t batch_max = 256;

struct Outcome {
    int refused = 0;            ///< how many changes were not made
    int first_error = 0;        ///< why the first of them was not
};

/// Hands changes over. Each asks for a receipt, which is an EV_ERROR event with 0 or the reason in `data`.
Outcome submit(int queue, std::span<const struct kevent> changes) noexcept {
    std::array<struct kevent, kqueue_changes_max> receipts{};
    FS_ASSERT(changes.size() <= receipts.size());
    const int count = static_cast<int>(changes.size());
    const int answered = ::kevent(queue, changes.data(), count, receipts.data(), count, nullptr);
    if (answered < 0) return {.refused = count, .first_error = errno};
    FS_ASSERT(answered == count);
    Outcome outcome;
    for (const struct kevent& receipt : std::span(receipts).first(changes.size())) {
        if (receipt.data == 0) continue;
        if (outcome.refused++ == 0) outcome.first_error = static_cast<int>(receipt.data);
    }
    return outcome;
}

timespec timespec_of(Duration timeout) noexcept {
    const Duration sleep = std::max(timeout, Duration::zero());
    const auto seconds = std::chrono::floor<std::chrono::seconds>(sleep);
    timespec spec = {};
    spec.tv_sec = static_cast<decltype(spec.tv_sec)>(seconds.count());
    spec.tv_nsec = static_cast<decltype(spec.tv_nsec)>((sleep - seconds).count());
    return spec;
}

}  // namespace

Result<KqueuePoller> KqueuePoller::create() {
    auto queue = os::UniqueFd::adopt(::kqueue());
    if (!queue.is_open()) return failure(errno, "kqueue");
    // A fork does not inherit a queue, but an exec of this very process would keep it.
    if (::fcntl(queue.number(), F_SETFD, FD_CLOEXEC) != 0) return failure(errno, "fcntl", "kqueue");
    return KqueuePoller(std::move(queue));
}

Result<void> KqueuePoller::add(os::Fd fd, Interest interest, Watch& watch) {
    std::array<struct kevent, kqueue_changes_max> changes;
    merge_.make_room(fd);
    const std::size_t count = kqueue_add_changes(fd, interest, watch, changes);
    const Outcome outcome = submit(queue_.number(), std::span(changes).first(count));
    if (outcome.refused == 0) return {};
    if (outcome.refused < static_cast<int>(count)) (void)remove(fd);  // half a registration is none
    return failure(outcome.first_error, "kevent add", "descriptor " + std::to_string(fd.number()));
}

Result<void> KqueuePoller::remove(os::Fd fd) noexcept {
    std::array<struct kevent, kqueue_changes_max> changes;
    const std::size_t count = kqueue_remove_changes(fd, changes);
    const Outcome outcome = submit(queue_.number(), std::span(changes).first(count));
    // A watcher of one direction has one filter only; that the other is refused is no failure.
    if (outcome.refused < static_cast<int>(count)) return {};
    return failure(outcome.first_error, "kevent remove", "descriptor " + std::to_string(fd.number()));
}

std::span<Event> KqueuePoller::wait(std::optional<Duration> timeout, std::span<Event> out) noexcept {
    FS_ASSERT(out.size() >= 2);
    std::array<struct kevent, batch_max> raw;
    const std::size_t room = std::min(raw.size(), out.size());
    const timespec sleep = timespec_of(timeout.value_or(Duration::zero()));
    const int count = ::kevent(queue_.number(), nullptr, 0, raw.data(), static_cast<int>(room), timeout ? &sleep : nullptr);
    if (count < 0) {
        if (errno == EINTR) return {};
        wait_failed("kevent");
    }
    return merge_.merge(std::span(raw).first(static_cast<std::size_t>(count)), out);
}

}  // namespace filesrv::event
