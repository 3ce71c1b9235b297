// SPDX-License-Identifier: MIT
// Interest → changes, and events → one readiness per descriptor.
#include "event/kqueue_merge.hpp"

#include <algorithm>

#include <sys/event.h>

#include "base/assert.hpp"

namespace filesrv::event {
namespace {

/// The fields are assigned one by one and cast to their own type, because the systems disagree on the types.
struct kevent change_of(os::Fd fd, int filter, int flags, Watch* watch) noexcept {
    struct kevent change = {};
    change.ident = static_cast<decltype(change.ident)>(fd.number());
    change.filter = static_cast<decltype(change.filter)>(filter);
    // EV_RECEIPT: every change is answered on its own, and the call fetches no event by the way.
    change.flags = static_cast<decltype(change.flags)>(flags | EV_RECEIPT);
    change.udata = reinterpret_cast<decltype(change.udata)>(watch);
    return change;
}

void fold(const struct kevent& event, Readiness& ready) noexcept {
    const bool end = (event.flags & EV_EOF) != 0;
    // With EV_EOF, fflags is the socket's error, if it ended by one.
    ready.error = ready.error || (event.flags & EV_ERROR) != 0 || (end && event.fflags != 0);
    if (event.filter == EVFILT_READ) {
        ready.readable = true;
        ready.peer_closed = ready.peer_closed || end;
    }
    // EV_EOF of the write filter says that nobody reads: the next send meets it, so it is plain writability here.
    if (event.filter == EVFILT_WRITE) ready.writable = true;
    ready.readable = ready.readable || ready.error;
    ready.writable = ready.writable || ready.error;
}

}  // namespace

std::size_t kqueue_add_changes(os::Fd fd, Interest interest, Watch& watch, std::span<struct kevent> out) noexcept {
    FS_ASSERT(fd.is_open() && out.size() >= kqueue_changes_max);
    switch (interest) {
    case Interest::level_read:
    case Interest::level_read_exclusive:  // kqueue has no such thing: every poller wakes, one of them gets it
        out[0] = change_of(fd, EVFILT_READ, EV_ADD, &watch);
        return 1;
    case Interest::edge_both:
        out[0] = change_of(fd, EVFILT_READ, EV_ADD | EV_CLEAR, &watch);
        out[1] = change_of(fd, EVFILT_WRITE, EV_ADD | EV_CLEAR, &watch);
        return 2;
    }
    FS_ASSERT(false);
}

std::size_t kqueue_remove_changes(os::Fd fd, std::span<struct kevent> out) noexcept {
    FS_ASSERT(fd.is_open() && out.size() >= kqueue_changes_max);
    out[0] = change_of(fd, EVFILT_READ, EV_DELETE, nullptr);
    out[1] = change_of(fd, EVFILT_WRITE, EV_DELETE, nullptr);
    return 2;
}

void KqueueMerge::make_room(os::Fd fd) {
    FS_ASSERT(fd.is_open());
    const auto needed = static_cast<std::size_t>(fd.number()) + 1;
    if (place_.size() < needed) place_.resize(std::max(needed, place_.size() * 2));
}

std::span<Event> KqueueMerge::merge(std::span<const struct kevent> events, std::span<Event> out) noexcept {
    FS_ASSERT(out.size() >= events.size() && events.size() < UINT16_MAX);
    std::size_t filled = 0;
    for (const struct kevent& event : events) {
        const auto fd = static_cast<std::size_t>(event.ident);
        FS_ASSERT(fd < place_.size());
        if (place_[fd] == 0) {
            out[filled] = Event{.watch = reinterpret_cast<Watch*>(event.udata), .ready = {}};
            place_[fd] = static_cast<std::uint16_t>(++filled);
        }
        fold(event, out[place_[fd] - std::size_t{1}].ready);
    }
    // The second pass leaves the table clean for the next batch, at the cost of this batch only.
    for (const struct kevent& event : events) place_[static_cast<std::size_t>(event.ident)] = 0;
    return out.first(filled);
}

}  // namespace filesrv::event
