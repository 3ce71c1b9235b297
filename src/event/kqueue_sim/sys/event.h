// SPDX-License-Identifier: MIT
// A stand-in for <sys/event.h> on systems without kqueue(2): as much of it as the backend uses, with FreeBSD's values.
#pragma once

#include <cstdint>

struct timespec;

struct kevent {
    std::uintptr_t ident;
    std::int16_t filter;
    std::uint16_t flags;
    std::uint32_t fflags;
    std::int64_t data;
    void* udata;
};

inline constexpr int EVFILT_READ = -1;
inline constexpr int EVFILT_WRITE = -2;

inline constexpr int EV_ADD = 0x0001;
inline constexpr int EV_DELETE = 0x0002;
inline constexpr int EV_CLEAR = 0x0020;
inline constexpr int EV_RECEIPT = 0x0040;
inline constexpr int EV_ERROR = 0x4000;
inline constexpr int EV_EOF = 0x8000;

// The original, too, gives a structure and a function one name.
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wshadow"
extern "C" {
int kqueue() noexcept;
int kevent(int queue, const struct kevent* changes, int change_count, struct kevent* events, int event_count,
           const struct timespec* timeout) noexcept;
}
#pragma GCC diagnostic pop
