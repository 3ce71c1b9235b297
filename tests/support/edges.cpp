// SPDX-License-Identifier: MIT
// Faults for a test build of the daemon: edges for transfers that were made to stop early.
#include "edges.hpp"

#include <dlfcn.h>
#include <sys/epoll.h>

#include <array>
#include <cstddef>
#include <mutex>

namespace filesrv::test {
namespace {

struct Interest {
    int epoll = -1;
    epoll_event event{};
};

std::mutex interests_mutex;
std::array<Interest, 4096> interests;  // by descriptor; beyond it nothing is owed

}  // namespace

void remember_interest(int epoll, int operation, int fd, const epoll_event* event) noexcept {
    if (fd < 0 || static_cast<std::size_t>(fd) >= interests.size()) return;
    const std::lock_guard lock(interests_mutex);
    interests[static_cast<std::size_t>(fd)] = operation == EPOLL_CTL_DEL ? Interest{} : Interest{.epoll = epoll, .event = *event};
}

void owe_edge(int fd) noexcept {
    if (fd < 0 || static_cast<std::size_t>(fd) >= interests.size()) return;
    static auto* const next = reinterpret_cast<decltype(&::epoll_ctl)>(::dlsym(RTLD_NEXT, "epoll_ctl"));
    const std::lock_guard lock(interests_mutex);
    Interest& interest = interests[static_cast<std::size_t>(fd)];
    // EPOLLEXCLUSIVE cannot be modified, and level-triggered interests need no edge.
    if (interest.epoll >= 0 && (interest.event.events & EPOLLET) != 0) next(interest.epoll, EPOLL_CTL_MOD, fd, &interest.event);
}

}  // namespace filesrv::test
