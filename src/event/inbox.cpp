// SPDX-License-Identifier: MIT
// Inbox: the word that producers push to, the descriptor that wakes the loop, and delivery in order.
//
// The descriptor stays readable until the loop, awake, clears it. If the loop wakes for another reason first, the wake still
// comes, and costs one turn that finds nothing more.
#include "event/inbox.hpp"

#include "base/assert.hpp"

namespace filesrv::event {

void Inbox::post(Message& message) noexcept {
    FS_ASSERT(message.next_ == &message);
    if (word_.push(message)) wakeup_.wake();  // the message may be gone: only the inbox itself is touched
}

bool Inbox::prepare_to_sleep() noexcept { return word_.prepare_to_sleep(); }

void Inbox::woke() noexcept { word_.woke(); }

void Inbox::drain() noexcept {
    woke();
    Message* newest = word_.take_all();
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
