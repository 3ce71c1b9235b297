// SPDX-License-Identifier: MIT
// The Linux backend: epoll(7).
#pragma once

#include <cstddef>
#include <optional>
#include <span>

#include "base/clock.hpp"
#include "event/watch.hpp"
#include "os/fd.hpp"

namespace filesrv::event {

/// Readiness by epoll. The interface is described in poller.hpp. `wait` is for one thread, the others for any.
class EpollPoller {
public:
    [[nodiscard]] static Result<EpollPoller> create() noexcept;

    [[nodiscard]] Result<void> add(os::Fd fd, Interest interest, Watch& watch) noexcept;
    [[nodiscard]] Result<void> remove(os::Fd fd) noexcept;
    void set_quiet(os::Fd fd, Watch& watch, bool quiet) noexcept;
    [[nodiscard]] std::span<Event> wait(std::optional<Duration> timeout, std::span<Event> out) noexcept;

private:
    explicit EpollPoller(os::UniqueFd epoll) noexcept : epoll_(std::move(epoll)) {}

    os::UniqueFd epoll_;
    bool nanoseconds_ = true;  ///< epoll_pwait2(2) works here (Linux 5.11, and no filter forbids it)
};

}  // namespace filesrv::event
