// SPDX-License-Identifier: MIT
// One look at many descriptors, poll(2), without waiting.
#include "os/wait_readable.hpp"

#include <poll.h>

#include <cerrno>
#include <vector>

namespace filesrv::os {

bool any_readable(std::span<const Fd> descriptors) {
    if (descriptors.empty()) return false;
    std::vector<pollfd> entries;
    entries.reserve(descriptors.size());
    for (const Fd fd : descriptors) entries.push_back({.fd = fd.number(), .events = POLLIN, .revents = 0});
    int ready = 0;
    do { ready = ::poll(entries.data(), entries.size(), 0); } while (ready < 0 && errno == EINTR);
    return ready != 0;  // an error counts as readable: whoever asks wants to be sure that nothing is there
}

}  // namespace filesrv::os
