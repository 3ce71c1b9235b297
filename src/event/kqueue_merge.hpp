// SPDX-License-Identifier: MIT
// The part of the kqueue backend that can be wrong, as pure functions: an interest becomes changes, events become one
// readiness per descriptor. No system calls, so it is tested wherever `struct kevent` can be had, a copy included.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "event/watch.hpp"
#include "os/fd.hpp"

struct kevent;  // <sys/event.h>

namespace filesrv::event {

/// The most changes that one registration needs: a filter for each direction.
inline constexpr std::size_t kqueue_changes_max = 2;

/// Writes the changes that register `fd`, each asking for a receipt; returns how many. kqueue(2): EV_CLEAR is the edge.
[[nodiscard]] std::size_t kqueue_add_changes(os::Fd fd, Interest interest, Watch& watch, std::span<struct kevent> out) noexcept;

/// Writes the changes that take `fd` out again, whichever filters it has; returns how many.
[[nodiscard]] std::size_t kqueue_remove_changes(os::Fd fd, std::span<struct kevent> out) noexcept;

/// Folds the separate read and write events of a descriptor into one.
class KqueueMerge {
public:
    /// Makes room for `fd`, so that merging allocates nothing. Called once per registration.
    void make_room(os::Fd fd);

    /// One event per descriptor, in the order of first mention. `out` is at least as long as `events`.
    [[nodiscard]] std::span<Event> merge(std::span<const struct kevent> events, std::span<Event> out) noexcept;

private:
    std::vector<std::uint16_t> place_;  ///< by descriptor: its place in the batch being merged + 1; 0 = not in it
};

}  // namespace filesrv::event
