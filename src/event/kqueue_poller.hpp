// SPDX-License-Identifier: MIT
// The backend of the BSDs and macOS: kqueue(2).
#pragma once

#include <optional>
#include <span>

#include "base/clock.hpp"
#include "event/kqueue_merge.hpp"
#include "event/watch.hpp"
#include "os/fd.hpp"

namespace filesrv::event {

/// Readiness by kqueue. The interface is described in poller.hpp; all of it is for the loop thread. The buffer given
/// to `wait` has room for two events or more.
class KqueuePoller {
public:
    [[nodiscard]] static Result<KqueuePoller> create();

    [[nodiscard]] Result<void> add(os::Fd fd, Interest interest, Watch& watch);
    [[nodiscard]] Result<void> remove(os::Fd fd) noexcept;
    /// Nothing is saved here: the changes of a kqueue are the loop thread's.
    void set_quiet(os::Fd, Watch&, bool) noexcept {}
    [[nodiscard]] std::span<Event> wait(std::optional<Duration> timeout, std::span<Event> out) noexcept;

private:
    explicit KqueuePoller(os::UniqueFd queue) noexcept : queue_(std::move(queue)) {}

    os::UniqueFd queue_;
    KqueueMerge merge_;
};

}  // namespace filesrv::event
