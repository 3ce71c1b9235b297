// SPDX-License-Identifier: MIT
// Looking at many descriptors at once, poll(2).
#include "os/wait_readable.hpp"

#include <poll.h>

#include <algorithm>
#include <cerrno>
#include <vector>

namespace filesrv::os {

namespace {

constexpr Duration longest_poll = std::chrono::hours(24);

/// Rounded up: a wait that ends too early would be begun again at once.
int milliseconds(std::optional<Duration> longest) noexcept {
    if (!longest) return -1;
    const Duration bounded = std::clamp(*longest, Duration::zero(), longest_poll);
    return static_cast<int>(std::chrono::ceil<std::chrono::milliseconds>(bounded).count());
}

}  // namespace

bool any_readable(std::span<const Fd> descriptors) { return wait_readable(descriptors, Duration::zero()); }

bool wait_readable(std::span<const Fd> descriptors, std::optional<Duration> longest) {
    if (descriptors.empty()) return false;
    std::vector<pollfd> entries;
    entries.reserve(descriptors.size());
    for (const Fd fd : descriptors) entries.push_back({.fd = fd.number(), .events = POLLIN, .revents = 0});
    int ready = 0;
    do { ready = ::poll(entries.data(), entries.size(), milliseconds(longest)); } while (ready < 0 && errno == EINTR);
    return ready != 0;  // an error counts as readable: whoever asks wants to be sure that nothing is there
}

bool has_hung_up(Fd socket) noexcept {
    pollfd entry{.fd = socket.number(), .events = 0, .revents = 0};
    return ::poll(&entry, 1, 0) > 0 && (entry.revents & POLLHUP) != 0;
}

}  // namespace filesrv::os
