// SPDX-License-Identifier: MIT
// Preloaded under valgrind, which does not know openat2(2) before 3.21 and says ENOSYS: the daemon would take the ways that
// it has for old kernels, and those would be counted. Confines nothing: for counting only.
#include <dlfcn.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/syscall.h>

#include <array>
#include <cstdarg>

#include "base/assert.hpp"

namespace {

using Syscall = long (*)(long, long, long, long, long, long, long);

long real_syscall(long number, const std::array<long, 6>& with) {
    static const auto real = reinterpret_cast<Syscall>(::dlsym(RTLD_NEXT, "syscall"));
    FS_ASSERT(real != nullptr);
    return real(number, with[0], with[1], with[2], with[3], with[4], with[5]);
}

}  // namespace

extern "C" [[gnu::visibility("default")]] long syscall(long number, ...) noexcept {  // NOLINT: as declared in unistd.h
    std::array<long, 6> with{};
    va_list words;
    va_start(words, number);
    for (long& word : with) word = va_arg(words, long);
    va_end(words);
    if (number != SYS_openat2) return real_syscall(number, with);
    const auto* how = reinterpret_cast<const open_how*>(with[2]);
    const auto no_links = (how->resolve & RESOLVE_NO_SYMLINKS) != 0 ? O_NOFOLLOW : 0;
    return ::openat(static_cast<int>(with[0]), reinterpret_cast<const char*>(with[1]),
                    static_cast<int>(how->flags) | no_links, static_cast<mode_t>(how->mode));
}
