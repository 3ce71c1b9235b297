// SPDX-License-Identifier: MIT
// Inbox word: what has been posted, and whether who receives it sleeps, in one atomic word.
//
// Why no wake-up is lost: the receiver can only go from `null` to `asleep` by a compare-exchange that fails if a message is
// there, and then it does not sleep. A producer can only replace `asleep` by its own compare-exchange; exactly one does,
// and knows it, and wakes. Every message is thus either seen before the sleep or followed by a wake.
//
// Why the content arrives: the push is a release, the receiver's exchange an acquire, and the pushes between are
// read-modify-writes, so the release sequence of each earlier push reaches that exchange, too.
#pragma once

#include <atomic>

#include "base/assert.hpp"

namespace filesrv::event {

/// A stack that many push to and one takes whole. `Node` has a member `next_`, which belongs to the word from push() to
/// take_all(). `Atomic` is a seam for the tests.
template <class Node, template <class> class Atomic = std::atomic>
class InboxWord {
public:
    InboxWord() = default;
    InboxWord(const InboxWord&) = delete;
    InboxWord& operator=(const InboxWord&) = delete;

    /// Any thread. True: the receiver sleeps, and is the caller's to wake. The node may be gone already.
    [[nodiscard]] bool push(Node& node) noexcept {
        Node* seen = newest_.load(std::memory_order_relaxed);
        do node.next_ = seen == asleep() ? nullptr : seen;
        while (!newest_.compare_exchange_weak(seen, &node, std::memory_order_release, std::memory_order_relaxed));
        return seen == asleep();
    }

    // The receiver.

    /// From now on a push says that somebody sleeps. False: there are nodes.
    [[nodiscard]] bool prepare_to_sleep() noexcept {
        Node* seen = nullptr;
        // Relaxed: the word alone decides; no data passes on the way to sleep.
        return newest_.compare_exchange_strong(seen, asleep(), std::memory_order_relaxed, std::memory_order_relaxed) ||
               seen == asleep();
    }

    void woke() noexcept {
        Node* seen = asleep();
        if (newest_.load(std::memory_order_relaxed) != seen) return;
        // Fails if a node came just now: then it has replaced the mark already.
        (void)newest_.compare_exchange_strong(seen, nullptr, std::memory_order_relaxed, std::memory_order_relaxed);
    }

    /// Awake. The newest first, chained by `next_`; null = none.
    [[nodiscard]] Node* take_all() noexcept {
        if (newest_.load(std::memory_order_relaxed) == nullptr) return nullptr;
        Node* const newest = newest_.exchange(nullptr, std::memory_order_acquire);
        FS_ASSERT(newest != asleep());
        return newest;
    }

private:
    /// A mark that no node can have for an address.
    [[nodiscard]] Node* asleep() noexcept { return reinterpret_cast<Node*>(this); }

    /// Nothing and awake (null), nothing and asleep (`asleep`), or the newest node.
    Atomic<Node*> newest_{nullptr};
};

}  // namespace filesrv::event
