// SPDX-License-Identifier: MIT
// Inbox: messages from any thread to the loop, without a lock.
#pragma once

#include "event/inbox_word.hpp"
#include "event/watch.hpp"
#include "os/wakeup.hpp"

namespace filesrv::event {

/// Something to be done in the loop's thread. Derive from it; the poster owns it until it is posted, the receiver from
/// `deliver` on, which may post it again or destroy it.
class Message {
public:
    Message() noexcept = default;
    Message(const Message&) = delete;
    Message& operator=(const Message&) = delete;
    virtual ~Message() = default;

    /// Called once per post, in the loop's thread.
    virtual void deliver() noexcept = 0;

private:
    friend class Inbox;
    template <class Node, template <class> class Atomic>
    friend class InboxWord;

    Message* next_ = this;  ///< itself = not posted
};

/// A queue with many producers and one consumer. A producer pays one atomic exchange, and a system call only when the
/// loop sleeps. Messages that were never delivered are forgotten, not destroyed.
class Inbox final : public Watch {
public:
    explicit Inbox(os::Wakeup wakeup) noexcept : wakeup_(std::move(wakeup)) {}

    /// Any thread. In order for each of them. The message must not be in an inbox already.
    void post(Message& message) noexcept;

    /// The loop is about to sleep: from now on a post wakes it. False when messages wait: do not sleep.
    [[nodiscard]] bool prepare_to_sleep() noexcept;

    /// The loop is awake: a post needs no waking until the next sleep. Harmless at any time.
    void woke() noexcept;

    /// Delivers what has been posted so far, oldest first. What is posted meanwhile waits for the next call.
    void drain() noexcept;

    /// The descriptor to watch, level_read.
    [[nodiscard]] os::Fd fd() const noexcept { return wakeup_.fd(); }
    void on_ready(Readiness ready) noexcept override;

private:
    InboxWord<Message> word_;
    os::Wakeup wakeup_;
};

}  // namespace filesrv::event
