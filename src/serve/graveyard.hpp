// SPDX-License-Identifier: MIT
// Graveyard: closed connections on their way back to the reactor that owns their slots, without a lock.
//
// Whoever closes a connection buries it: any thread, in the middle of anything. The reactor takes all of them when no
// event that it has already fetched can meet one: before a poll, never between a poll and the end of its batch.
#pragma once

#include <atomic>

#include "base/assert.hpp"

namespace filesrv::serve {

/// A stack that many push to and one takes whole. `Slot` has a member `next_closed`, which belongs to the graveyard from
/// bury() on. `Atomic` is a seam for the tests.
template <class Slot, template <class> class Atomic = std::atomic>
class Graveyard {
public:
    Graveyard() = default;
    Graveyard(const Graveyard&) = delete;
    Graveyard& operator=(const Graveyard&) = delete;

    /// Any thread, once for each that is closed. The caller may not touch the slot afterwards.
    void bury(Slot& slot) noexcept {
        Slot* newest = newest_.load(std::memory_order_relaxed);
        do {
            FS_ASSERT(newest != &slot);  // buried twice
            slot.next_closed = newest;
            // release: what the last owner did to the slot is done before the reactor takes it from here.
        } while (!newest_.compare_exchange_weak(newest, &slot, std::memory_order_release, std::memory_order_relaxed));
    }

    /// The reactor's thread. Calls recycle(Slot&) for each that was buried, last buried first.
    template <class Recycle>
    void empty_into(Recycle&& recycle) {
        // acquire meets each bury's release, as the pushes between are read-modify-writes of the same word.
        Slot* next = newest_.exchange(nullptr, std::memory_order_acquire);
        while (next != nullptr) {
            Slot& slot = *next;
            next = slot.next_closed;  // read first: recycled, the slot may be buried again
            recycle(slot);
        }
    }

private:
    Atomic<Slot*> newest_{nullptr};
};

}  // namespace filesrv::serve
