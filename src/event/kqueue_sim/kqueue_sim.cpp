// SPDX-License-Identifier: MIT
// A double of kqueue(2) over epoll(7), so that the real backend runs, and is tested, on Linux.
//
// What it keeps of the original: read and write come as two events, never side by side (all reads of a batch before
// all writes); a closed descriptor takes its filters along; EV_RECEIPT answers each change; EV_EOF and its error.
// What it does not: `data` is 0, a filter may fire once more than it would (epoll reports both directions of a changed
// descriptor), and the two filters of a descriptor must agree on EV_CLEAR.
#include <algorithm>
#include <array>
#include <cerrno>
#include <climits>
#include <ctime>
#include <map>
#include <span>
#include <unordered_map>

#include <sys/epoll.h>
#include <sys/event.h>

#include "base/assert.hpp"
#include "base/mutex.hpp"

namespace {

/// The filters of one descriptor in one queue.
struct Note {
    bool reads = false;
    bool writes = false;
    bool edge = false;
    void* read_data = nullptr;
    void* write_data = nullptr;
};

using Notes = std::unordered_map<int, Note>;

filesrv::Mutex lock;                              // a real kernel has one, too
std::map<int, Notes> queues FS_GUARDED_BY(lock);  // by the epoll descriptor that stands for the queue

int control(int queue, int operation, int fd, const Note& note) {
    epoll_event event{};
    event.data.fd = fd;
    if (note.reads) event.events |= EPOLLIN | EPOLLRDHUP;
    if (note.writes) event.events |= EPOLLOUT;
    if (note.edge) event.events |= EPOLLET;
    return ::epoll_ctl(queue, operation, fd, &event) == 0 ? 0 : errno;
}

void set_filter(Note& note, const struct kevent& change) {
    note.edge = (change.flags & EV_CLEAR) != 0;
    (change.filter == EVFILT_READ ? note.reads : note.writes) = true;
    (change.filter == EVFILT_READ ? note.read_data : note.write_data) = change.udata;
}

int add(int queue, Notes& notes, const struct kevent& change) {
    const int fd = static_cast<int>(change.ident);
    const auto known = notes.find(fd);
    if (known != notes.end()) {
        Note both = known->second;
        set_filter(both, change);
        const int code = control(queue, EPOLL_CTL_MOD, fd, both);
        if (code == 0) {
            FS_ASSERT(known->second.edge == both.edge);
            known->second = both;
        }
        if (code != ENOENT) return code;
        notes.erase(known);  // that descriptor was closed; this one only has its number
    }
    Note note;
    set_filter(note, change);
    const int code = control(queue, EPOLL_CTL_ADD, fd, note);
    if (code == 0) notes.emplace(fd, note);
    return code;
}

int remove(int queue, Notes& notes, const struct kevent& change) {
    const int fd = static_cast<int>(change.ident);
    const auto known = notes.find(fd);
    if (known == notes.end()) return ENOENT;
    bool& filter = change.filter == EVFILT_READ ? known->second.reads : known->second.writes;
    if (!filter) return ENOENT;
    filter = false;
    const bool last = !known->second.reads && !known->second.writes;
    const int code = control(queue, last ? EPOLL_CTL_DEL : EPOLL_CTL_MOD, fd, known->second);
    if (last || code == ENOENT) notes.erase(known);
    return code;
}

/// Makes the changes and answers each with a receipt, as all of the backend's ask for.
int submit(int queue, std::span<const struct kevent> changes, std::span<struct kevent> receipts) {
    FS_ASSERT(receipts.size() >= changes.size());
    const filesrv::MutexLock guard(lock);
    Notes& notes = queues.at(queue);
    for (std::size_t i = 0; i < changes.size(); ++i) {
        FS_ASSERT((changes[i].flags & EV_RECEIPT) != 0);
        FS_ASSERT(changes[i].filter == EVFILT_READ || changes[i].filter == EVFILT_WRITE);
        receipts[i] = changes[i];
        receipts[i].flags = static_cast<std::uint16_t>(EV_ERROR);
        const bool adds = (changes[i].flags & EV_ADD) != 0;
        receipts[i].data = adds ? add(queue, notes, changes[i]) : remove(queue, notes, changes[i]);
    }
    return static_cast<int>(changes.size());
}

struct kevent event_of(const epoll_event& raw, int filter, std::uint32_t end_mask, void* data) {
    const bool end = (raw.events & end_mask) != 0;
    struct kevent event = {};
    event.ident = static_cast<std::uintptr_t>(raw.data.fd);
    event.filter = static_cast<std::int16_t>(filter);
    event.flags = static_cast<std::uint16_t>(end ? EV_EOF : 0);
    event.fflags = (raw.events & EPOLLERR) != 0 ? ECONNRESET : 0;
    event.udata = data;
    return event;
}

/// All reads, then all writes. `events` has room for both of each.
int translate(int queue, std::span<const epoll_event> raw, std::span<struct kevent> events) {
    constexpr std::uint32_t broken = EPOLLHUP | EPOLLERR;
    FS_ASSERT(events.size() >= raw.size() * 2);
    const filesrv::MutexLock guard(lock);
    const Notes& notes = queues.at(queue);
    std::size_t filled = 0;
    for (const epoll_event& one : raw) {
        const Note& note = notes.at(one.data.fd);
        if (!note.reads || (one.events & (EPOLLIN | EPOLLRDHUP | broken)) == 0) continue;
        events[filled++] = event_of(one, EVFILT_READ, EPOLLRDHUP | broken, note.read_data);
    }
    for (const epoll_event& one : raw) {
        const Note& note = notes.at(one.data.fd);
        if (!note.writes || (one.events & (EPOLLOUT | broken)) == 0) continue;
        events[filled++] = event_of(one, EVFILT_WRITE, broken, note.write_data);
    }
    return static_cast<int>(filled);
}

int milliseconds_of(const timespec* timeout) {
    if (timeout == nullptr) return -1;
    constexpr std::int64_t seconds_max = INT_MAX / 1000 - 1;
    const std::int64_t seconds = std::min<std::int64_t>(timeout->tv_sec, seconds_max);
    return static_cast<int>(seconds * 1000 + (timeout->tv_nsec + 999'999) / 1'000'000);
}

}  // namespace

extern "C" int kqueue() noexcept {
    const int queue = ::epoll_create1(0);
    if (queue < 0) return queue;
    const filesrv::MutexLock guard(lock);
    queues[queue].clear();  // a former queue of this number was closed
    return queue;
}

extern "C" int kevent(int queue, const struct kevent* changes, int change_count, struct kevent* events, int event_count,
                      const timespec* timeout) noexcept {
    const std::span<struct kevent> room(events, static_cast<std::size_t>(event_count));
    if (change_count > 0) return submit(queue, {changes, static_cast<std::size_t>(change_count)}, room);
    FS_ASSERT(event_count >= 2);
    std::array<epoll_event, 128> raw;
    const int raw_max = std::min(event_count / 2, static_cast<int>(raw.size()));
    const int count = ::epoll_wait(queue, raw.data(), raw_max, milliseconds_of(timeout));
    if (count < 0) return count;
    return translate(queue, std::span(raw).first(static_cast<std::size_t>(count)), room);
}
