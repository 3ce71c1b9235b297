// SPDX-License-Identifier: MIT
// A circular list whose links live in its members: constant time, no allocation, no throw.
#pragma once

#include "base/assert.hpp"

namespace filesrv {

/// The links of a member. A hook that is in no list points at itself.
class ListHook {
public:
    ListHook() noexcept = default;
    ListHook(const ListHook&) = delete;
    ListHook& operator=(const ListHook&) = delete;
    ~ListHook() { unlink(); }

    [[nodiscard]] bool is_linked() const noexcept { return next_ != this; }

    /// Takes the member out of whatever list holds it; harmless when none does.
    void unlink() noexcept {
        next_->previous_ = previous_;
        previous_->next_ = next_;
        next_ = previous_ = this;
    }

private:
    template <class T>
    friend class IntrusiveList;

    ListHook* next_ = this;
    ListHook* previous_ = this;
};

/// A list of T, where T derives from ListHook. Owns nothing; emptied when destroyed.
template <class T>
class IntrusiveList {
public:
    IntrusiveList() noexcept = default;
    IntrusiveList(const IntrusiveList&) = delete;
    IntrusiveList& operator=(const IntrusiveList&) = delete;
    ~IntrusiveList() { while (!empty()) pop_front(); }

    [[nodiscard]] bool empty() const noexcept { return !head_.is_linked(); }

    void push_back(T& member) noexcept {
        ListHook& hook = member;
        FS_ASSERT(!hook.is_linked());
        hook.previous_ = head_.previous_;
        hook.next_ = &head_;
        head_.previous_->next_ = &hook;
        head_.previous_ = &hook;
    }

    [[nodiscard]] T& front() noexcept {
        FS_ASSERT(!empty());
        return static_cast<T&>(*head_.next_);
    }

    T& pop_front() noexcept {
        T& member = front();
        static_cast<ListHook&>(member).unlink();
        return member;
    }

    /// Moves every member of `other` to the end of this list, in order.
    void splice_back(IntrusiveList& other) noexcept {
        if (other.empty()) return;
        ListHook* first = other.head_.next_;
        ListHook* last = other.head_.previous_;
        other.head_.next_ = other.head_.previous_ = &other.head_;
        first->previous_ = head_.previous_;
        head_.previous_->next_ = first;
        last->next_ = &head_;
        head_.previous_ = last;
    }

private:
    ListHook head_;
};

}  // namespace filesrv
