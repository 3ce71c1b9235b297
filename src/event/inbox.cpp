// SPDX-License-Identifier: MIT
// Inbox: a stack that producers push to and the loop takes whole, and the word that says whether the loop sleeps.
//
// Why no wake-up is lost: emptiness and sleep are one atomic word. The loop can only go from `null` to `asleep` by a
// compare-exchange that fails if a message is there, and then it does not sleep. A producer can only replace `asleep`
// by its own compare-exchange; exactly one does, and knows it, and wakes. Every message is thus either seen by the
// loop before it sleeps or followed by a wake, and the descriptor stays readable until the loop, awake, clears it. If
// the loop wakes for another reason first, the wake still comes, and costs one turn that finds nothing more.
//
// Why the content arrives: the push is a release, the loop's exchange an acquire, and the pushes between are
// read-modify-writes, so the release sequence of each earlier push reaches that exchange, too.
#include "event/inbox.hpp"

#include "base/assert.hpp"

namespace filesrv::event {

void Inbox::post(Message& message) noexcept {
    FS_ASSERT(message.next_ == &message);
    Message* seen = newest_.load(std::memory_order_relaxed);
    do message.next_ = seen == asleep() ? nullptr : seen;
    while (!newest_.compare_exchange_weak(seen, &message, std::memory_order_release, std::memory_order_relaxed));
    // From here on the message may be gone: only the inbox itself is touched.
    if (seen == asleep()) wakeup_.wake();
}

bool Inbox::prepare_to_sleep() noexcept {
    Message* seen = nullptr;
    // Relaxed: the word alone decides; no data passes on the way to sleep.
    return newest_.compare_exchange_strong(seen, asleep(), std::memory_order_relaxed) || seen == asleep();
}

void Inbox::woke() noexcept {
    Message* seen = asleep();
    if (newest_.load(std::memory_order_relaxed) == seen) {
        // Fails if a message came just now: then it has replaced the mark already.
        newest_.compare_exchange_strong(seen, nullptr, std::memory_order_relaxed);
    }
}

void Inbox::drain() noexcept {
    woke();
    if (newest_.load(std::memory_order_relaxed) == nullptr) return;
    Message* newest = newest_.exchange(nullptr, std::memory_order_acquire);
    FS_ASSERT(newest != asleep());
    Message* oldest = nullptr;
    while (newest != nullptr) {
        Message* before = newest->next_;
        newest->next_ = oldest;
        oldest = newest;
        newest = before;
    }
    while (oldest != nullptr) {
        Message& message = *oldest;
        oldest = message.next_;
        message.next_ = &message;  // not posted any more: `deliver` may post it again or destroy it
        message.deliver();
    }
}

void Inbox::on_ready(Readiness) noexcept { wakeup_.clear(); }

}  // namespace filesrv::event
