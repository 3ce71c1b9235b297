// SPDX-License-Identifier: MIT
// The ends of accepting.
#include "os/accepting.hpp"

#include <fcntl.h>
#include <sys/socket.h>

namespace filesrv::os {

void stop_listening(Fd listener) noexcept { (void)::shutdown(listener.number(), SHUT_RDWR); }

UniqueFd open_spare() noexcept { return UniqueFd::adopt(::open("/dev/null", O_RDONLY | O_CLOEXEC)); }

}  // namespace filesrv::os
