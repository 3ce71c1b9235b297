// SPDX-License-Identifier: MIT
// Faults for a test build of the daemon: what the functions that stand in front of the C library's have in common.
//
// A symbol of the program wins over one of a library. Each stand-in counts its call, and then fails, or goes on to the next
// symbol of its name, so that a sanitizer's own stays between.
#pragma once

#include <dlfcn.h>
#include <sys/types.h>

#include <cerrno>

#include "edges.hpp"
#include "seam.hpp"

namespace filesrv::test {

/// Whether a call that moves no bytes is to fail; errno is set then.
inline bool fails(std::size_t seam) noexcept {
    const int code = seam_at(seam).next();
    if (code <= 0) return false;
    errno = code;
    return true;
}

/// What the seam makes of a transfer of `count` bytes that `move` would do. Half of it is still something.
template <class Move>
ssize_t transfer(std::size_t seam, int fd, std::size_t count, Move move) noexcept {
    const int code = seam_at(seam).next();
    switch (code) {
        case instead::success: return move(count);
        case instead::end_of_file: return 0;
        case instead::short_transfer: break;
        default:
            if (code == EAGAIN) owe_edge(fd);
            errno = code;
            return -1;
    }
    const ssize_t moved = move((count + 1) / 2);
    const int error = errno;
    if (moved > 0) owe_edge(fd);
    errno = error;
    return moved;
}

}  // namespace filesrv::test

#define FS_NEXT(name) static auto* const next = reinterpret_cast<decltype(&::name)>(::dlsym(RTLD_NEXT, #name))
#define FS_SEAM(name) static const std::size_t seam = filesrv::test::seam_index(#name)
#define FS_FAILING_AS(result, name, parameters, specifier, arguments)          \
    result name parameters specifier {                                         \
        FS_SEAM(name);                                                         \
        FS_NEXT(name);                                                         \
        return filesrv::test::fails(seam) ? result{-1} : next arguments;       \
    }
#define FS_FAILING(result, name, parameters, arguments) FS_FAILING_AS(result, name, parameters, , arguments)
/// For those that the C library declares as never throwing.
#define FS_FAILING_NOEXCEPT(result, name, parameters, arguments) FS_FAILING_AS(result, name, parameters, noexcept, arguments)
#define FS_TRANSFER(name, fd, count, arguments) \
    FS_SEAM(name);                              \
    FS_NEXT(name);                              \
    return filesrv::test::transfer(seam, fd, count, [&](std::size_t length) -> ssize_t { return next arguments; })
