// SPDX-License-Identifier: MIT
// The lease word: one byte a connection that decides who may touch it, without a lock and without losing an edge.
//
//   idle ──edge──► leased ──edge──► pending ──edge──► pending
//   leased  ──give back, after recv or send said EAGAIN──► idle
//   pending ──retake, then recv or send again──► leased
//
// Edges come from one thread, the reactor that polls the descriptor. The owner is whoever turned idle into leased,
// and whom the lease was handed to from there. An edge is *lost* when it came after the owner's last look at the
// socket and nobody looks again: the connection would hang until it times out. Why none is lost, on ARM as on x86:
//
//   The kernel makes data visible before it reports the edge. Every step below is one atomic read-modify-write of
//   one word, so all steps of all threads stand in one order (the word's modification order), on every machine.
//   - Edge before the give back in that order: the give back finds pending and fails. Its owner retakes. The retake
//     reads what the edge wrote, acquire meets the edge's release, so the recv after it sees the data.
//   - Edge after the give back: it finds idle, and the reactor has the lease and looks itself.
//   - Edge while pending: before the retake, the recv after the retake sees its data as above; after it, the edge
//     finds leased and makes it pending again. For this both must be read-modify-writes:
//     a plain store as retake may sit in a store buffer while the recv behind it already looks (ARM, and x86 too:
//     a store and a later load swap), and an edge that meanwhile finds pending is then wiped out;
//     an edge that only *loads* pending and leaves may have read a value from before the retake (ARM lets a load
//     read old).
//   On ARMv8.0 a read-modify-write is LDAXR/STLXR: loads behind it may run before the STLXR, never before the LDAXR,
//   and the pair succeeds only if nobody wrote in between, so an edge is before both or after both.
#pragma once

#include <atomic>
#include <cstdint>

#include "base/assert.hpp"

namespace filesrv::serve {

enum class LeaseState : std::uint8_t {
    idle,     ///< nobody has it; the next edge takes it
    leased,   ///< somebody has it, and no edge has come since
    pending,  ///< somebody has it and must look at the socket again before giving back
};

/// What an edge makes of a state.
[[nodiscard]] constexpr LeaseState after_edge(LeaseState state) noexcept {
    switch (state) {
        case LeaseState::idle: return LeaseState::leased;
        case LeaseState::leased:
        case LeaseState::pending: return LeaseState::pending;
    }
    FS_UNREACHABLE("a lease in no state");
}

/// Who may call what: on_edge(), try_take() and reset() the reactor of the connection, the rest the lease's owner.
/// Closing needs no call: the word stays leased, so edges that are still on their way find an owner and do nothing.
/// `Atomic` is a seam: the tests run every order of the steps on a weaker machine than any that is built.
template <template <class> class Atomic>
class BasicLeaseWord {
public:
    constexpr explicit BasicLeaseWord(LeaseState state = LeaseState::idle) noexcept : word_(state) {}

    /// The descriptor became ready. True: the caller now holds the lease. False: its owner will look again.
    [[nodiscard]] bool on_edge() noexcept {
        LeaseState seen = word_.load(std::memory_order_relaxed);  // a guess; try_edge proves or corrects it
        while (!try_edge(seen)) {}                                // ends: each failure means that the owner moved on
        return seen == LeaseState::idle;
    }

    /// One step of on_edge(): files the edge if the word is still as `seen`, else tells how it is now.
    [[nodiscard]] bool try_edge(LeaseState& seen) noexcept {
        // acquire: from idle, all that the last owner did to the connection is visible to the new one.
        // release: for the retake, as above. When pending stays pending this must be a write all the same.
        return word_.compare_exchange_strong(seen, after_edge(seen), std::memory_order_acq_rel,
                                             std::memory_order_relaxed);
    }

    /// The owner's last look said EAGAIN. True: the lease is gone, the connection may not be touched any more.
    /// False: an edge came since; retake() and look again.
    [[nodiscard]] bool try_give_back() noexcept {
        // release: what the owner did, its last look at the socket included, is done before anybody can take over.
        // strong: a spurious failure would send the owner into retake() without an edge.
        LeaseState expected = LeaseState::leased;
        const bool given = word_.compare_exchange_strong(expected, LeaseState::idle, std::memory_order_release,
                                                         std::memory_order_relaxed);
        FS_ASSERT(given || expected == LeaseState::pending);  // idle: given back twice
        return given;
    }

    /// After a failed give back, or before any further look: edges up to here are answered by the look that follows.
    void retake() noexcept {
        const LeaseState before = word_.exchange(LeaseState::leased, std::memory_order_acq_rel);
        FS_ASSERT(before != LeaseState::idle);  // only an owner retakes
    }

    /// Takes an idle connection without an edge, to close it: timeout, drain, kick. No mark is left when somebody
    /// has it.
    [[nodiscard]] bool try_take() noexcept {
        LeaseState expected = LeaseState::idle;
        return word_.compare_exchange_strong(expected, LeaseState::leased, std::memory_order_acquire,
                                             std::memory_order_relaxed);
    }

    /// The reactor recycles the slot of a closed connection. The graveyard's release and acquire already ordered
    /// the owner's work before this, and edges come from this same thread: relaxed is enough.
    void reset() noexcept {
        FS_ASSERT(state() != LeaseState::idle);
        word_.store(LeaseState::idle, std::memory_order_relaxed);
    }

    /// How it was a moment ago. For displays and assertions, never for decisions.
    [[nodiscard]] LeaseState state() const noexcept { return word_.load(std::memory_order_relaxed); }

private:
    Atomic<LeaseState> word_;
};

using LeaseWord = BasicLeaseWord<std::atomic>;

static_assert(sizeof(LeaseWord) == 1 && std::atomic<LeaseState>::is_always_lock_free);

}  // namespace filesrv::serve
