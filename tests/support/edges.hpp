// SPDX-License-Identifier: MIT
// Faults for a test build of the daemon: edges for transfers that were made to stop early.
//
// The kernel says EAGAIN, or moves less than it was asked to, only when the socket is empty or full, and then owes an edge
// to who watches it edge-triggered (epoll(7)). A seam that says so without need has to pay that debt itself.
#pragma once

struct epoll_event;

namespace filesrv::test {

/// What epoll_ctl(2) has just been told.
void remember_interest(int epoll, int operation, int fd, const epoll_event* event) noexcept;

/// Makes the poller that watches this descriptor report it once more. Does nothing for one that nobody watches.
void owe_edge(int fd) noexcept;

}  // namespace filesrv::test
