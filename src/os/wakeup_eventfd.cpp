// SPDX-License-Identifier: MIT
// Wakeup by eventfd(2): one descriptor, one read takes back any number of wakes.
#include "os/wakeup.hpp"

#include <cerrno>
#include <cstdint>

#include <sys/eventfd.h>
#include <unistd.h>

#include "base/assert.hpp"

namespace filesrv::os {

Result<Wakeup> Wakeup::create() noexcept {
    auto both = UniqueFd::adopt(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
    if (!both.is_open()) return failure(errno, "eventfd");
    return Wakeup(std::move(both), UniqueFd());
}

void Wakeup::wake() const noexcept {
    const int former = errno;
    const std::uint64_t one = 1;
    // EAGAIN = the counter is full: it is readable, which is all that was wanted.
    const ssize_t written = ::write(reader_.number(), &one, sizeof one);
    FS_ASSERT(written == sizeof one || errno == EAGAIN);
    errno = former;
}

void Wakeup::clear() const noexcept {
    std::uint64_t wakes = 0;
    const ssize_t got = ::read(reader_.number(), &wakes, sizeof wakes);
    FS_ASSERT(got == sizeof wakes || errno == EAGAIN);
}

}  // namespace filesrv::os
