// SPDX-License-Identifier: MIT
// Wakeup by a pipe: a byte a wake, all of them taken back at once.
#include "os/wakeup.hpp"

#include <array>
#include <cerrno>

#include <unistd.h>

#include "base/assert.hpp"
#include "os/pipe.hpp"

namespace filesrv::os {

Result<Wakeup> Wakeup::create() noexcept {
    auto pipe = open_pipe();
    if (!pipe) return std::unexpected(pipe.error());
    return Wakeup(std::move(pipe->reader), std::move(pipe->writer));
}

void Wakeup::wake() const noexcept {
    const int former = errno;
    const char byte = 1;
    ssize_t written = 0;
    do written = ::write(writer_.number(), &byte, 1); while (written < 0 && errno == EINTR);
    // EAGAIN = the pipe is full: it is readable, which is all that was wanted.
    FS_ASSERT(written == 1 || errno == EAGAIN);
    errno = former;
}

void Wakeup::clear() const noexcept {
    std::array<char, 256> bytes;
    ssize_t got = 0;
    do got = ::read(reader_.number(), bytes.data(), bytes.size());
    while (got == static_cast<ssize_t>(bytes.size()) || (got < 0 && errno == EINTR));
    FS_ASSERT(got > 0 || (got < 0 && errno == EAGAIN));
}

}  // namespace filesrv::os
