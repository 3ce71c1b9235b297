// SPDX-License-Identifier: MIT
// The poller of this build. Every backend has the same six functions; the build option `poller` chooses.
//
//   static Result<Backend> create();
//   Result<void> add(os::Fd, Interest, Watch&);        EEXIST when the descriptor is there already
//   Result<void> remove(os::Fd);                       ENOENT when it is not; closing the last duplicate removes, too
//   void set_quiet(os::Fd, Watch&, bool);              any thread: what was added with edge_both tells little, or nothing,
//                                                      until it is to tell all again, beginning with what is ready then
//   std::span<Event> wait(timeout, std::span<Event>);  the filled front of the buffer; one event per descriptor
//
// `wait` sleeps at most `timeout` (nothing = for ever, 0 or less = not at all), never less than asked unless an event
// or a signal comes: nanoseconds are rounded up to what the system counts in, or a timer that is nearly due would spin.
// EINTR is an empty batch. Any other error of the wait is a bug and stops the program: swallowed, it would spin.
#pragma once

#if defined(FS_POLLER_KQUEUE)
#include "event/kqueue_poller.hpp"
#else
#include "event/epoll_poller.hpp"
#endif

namespace filesrv::event {

#if defined(FS_POLLER_KQUEUE)
using Poller = KqueuePoller;
#else
using Poller = EpollPoller;
#endif

}  // namespace filesrv::event
