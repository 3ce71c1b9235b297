// SPDX-License-Identifier: MIT
// Faults for a test build of the daemon: stand-ins for what sanitizers must have to themselves, memory and threads.
// operator new gets its memory here too.
#include "stand_in.hpp"

#include <pthread.h>
#include <unistd.h>

#include <cstddef>

extern "C" {

// The C library's own, which it exports under these names.
void* __libc_malloc(std::size_t size) noexcept;
void* __libc_calloc(std::size_t count, std::size_t size) noexcept;
void* __libc_realloc(void* old, std::size_t size) noexcept;
void* __libc_memalign(std::size_t alignment, std::size_t size) noexcept;

}  // extern "C"

namespace {

constexpr std::size_t malloc_seam = 0;  // looked up by place: malloc is called before anything is initialised

bool is_out() noexcept {
    if (filesrv::test::seam_at(malloc_seam).next() == 0) return false;
    errno = ENOMEM;
    return true;
}

}  // namespace

// Seen by the C library too, which then takes its memory here.
#pragma GCC visibility push(default)
extern "C" {

void* malloc(std::size_t size) noexcept { return is_out() ? nullptr : __libc_malloc(size); }
void* calloc(std::size_t count, std::size_t size) noexcept { return is_out() ? nullptr : __libc_calloc(count, size); }
void* realloc(void* old, std::size_t size) noexcept { return is_out() ? nullptr : __libc_realloc(old, size); }
void* aligned_alloc(std::size_t alignment, std::size_t size) noexcept {
    return is_out() ? nullptr : __libc_memalign(alignment, size);
}

}  // extern "C"
#pragma GCC visibility pop

extern "C" {

FS_FAILING_NOEXCEPT(pid_t, fork, (), ())

/// Returns what went wrong, not -1.
int pthread_create(pthread_t* thread, const pthread_attr_t* attributes, void* (*entry)(void*), void* argument) noexcept {
    FS_SEAM(pthread_create);
    FS_NEXT(pthread_create);
    return filesrv::test::fails(seam) ? errno : next(thread, attributes, entry, argument);
}

}  // extern "C"
