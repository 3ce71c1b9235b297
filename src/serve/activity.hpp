// SPDX-License-Identifier: MIT
// Activity: tells somebody in the main loop that a reactor has turned, only when asked to, so that who watches the
// figures needs no timer while nothing happens.
#pragma once

#include <atomic>
#include <functional>
#include <utility>

#include "base/assert.hpp"
#include "event/inbox.hpp"

namespace filesrv::serve {

/// One listener. Costs a turn one relaxed load while nobody asks.
class Activity {
public:
    /// Before the reactors run. Called in the main loop, once for each await().
    void set_listener(std::function<void()> listener) {
        FS_ASSERT(listener != nullptr);
        told_.listener = std::move(listener);
    }

    /// The listener goes before the server: what a reactor's last turn had for it reaches nobody. When none turns any more.
    void forget_listener() noexcept {
        awaited_.store(false, std::memory_order_relaxed);
        told_.listener = nullptr;
    }

    /// The next turn of any reactor is to be told. Main loop only.
    void await() noexcept {
        FS_ASSERT(told_.listener != nullptr);
        awaited_.store(true, std::memory_order_relaxed);
    }

    /// At the end of a reactor's turn. The main loop's own is told on the spot: a message would be a turn again.
    void turned(bool in_main_loop, event::Inbox& main_inbox) noexcept {
        if (!awaited_.load(std::memory_order_relaxed)) return;
        if (!awaited_.exchange(false, std::memory_order_acq_rel)) return;
        if (in_main_loop) told_.listener();
        else main_inbox.post(told_);  // once: nobody awaits again before it is delivered
    }

private:
    class Told final : public event::Message {
    public:
        void deliver() noexcept override {
            if (listener) listener();
        }
        std::function<void()> listener;
    };

    std::atomic<bool> awaited_{false};
    Told told_;
};

}  // namespace filesrv::serve
