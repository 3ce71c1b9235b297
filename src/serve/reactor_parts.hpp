// SPDX-License-Identifier: MIT
// The small parts of a reactor that its loop calls back: listeners, timers, a nudge.
#pragma once

#include <atomic>

#include "event/loop.hpp"
#include "event/watch.hpp"
#include "serve/reactor.hpp"
#include "serve/server.hpp"

namespace filesrv::serve {

/// A listening socket in this reactor's poller. Does not own the descriptor.
class Reactor::Listener final : public event::Watch {
public:
    Listener(Reactor& reactor, const ListenSocket& socket) noexcept : reactor_(reactor), socket_(socket) {}
    void on_ready(event::Readiness ready) noexcept override;
    [[nodiscard]] os::Fd socket() const noexcept { return socket_.fd; }
    [[nodiscard]] bool is_inherited() const noexcept { return socket_.inherited; }

    bool watched = false;     ///< by the poller
    bool complained = false;  ///< that it cannot be

private:
    void step_behind_others();

    Reactor& reactor_;
    ListenSocket socket_;
    std::uint64_t ready_in_turn_ = 0;  ///< last; 0 = never
};

/// Accepts again some time after the descriptors ran out, or a listener could not be watched.
class Reactor::AcceptBackoff final : public event::Loop::TimerTask {
public:
    explicit AcceptBackoff(Reactor& reactor) noexcept : reactor_(reactor) {}
    void on_time() noexcept override {
        if (!reactor_.draining_) reactor_.set_accepting(true);
    }

private:
    Reactor& reactor_;
};

/// Looks at all connections again while draining.
class Reactor::DrainTick final : public event::Loop::TimerTask {
public:
    explicit DrainTick(Reactor& reactor) noexcept : reactor_(reactor) {}
    void on_time() noexcept override { reactor_.drain_pass(); }

private:
    Reactor& reactor_;
};

/// Wakes the loop, and nothing else. May be posted by anybody at any time.
class Reactor::Nudge final : public event::Message {
public:
    void post_to(event::Inbox& inbox) noexcept {
        if (!posted_.exchange(true, std::memory_order_acq_rel)) inbox.post(*this);
    }
    /// A read-modify-write: what was done before a nudge that was already posted is seen after its delivery.
    void deliver() noexcept override { posted_.exchange(false, std::memory_order_acq_rel); }
    [[nodiscard]] bool is_waiting() const noexcept { return posted_.load(std::memory_order_acquire); }

private:
    std::atomic<bool> posted_{false};
};

}  // namespace filesrv::serve
