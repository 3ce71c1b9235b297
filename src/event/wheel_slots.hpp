// SPDX-License-Identifier: MIT
// The slots that both wheels turn: four levels of 64, found by the digits of a tick.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "event/timer.hpp"

namespace filesrv::event {

using TimerList = IntrusiveList<Timer>;

/// Members whose tick lies after the position, each in a slot. Owns none of them.
class WheelSlots {
public:
    explicit WheelSlots(Tick position) noexcept : position_(position) {}

    [[nodiscard]] Tick position() const noexcept { return position_; }

    /// Files a member that is in no list. Its tick is later than the position.
    void file(Timer& member) noexcept;

    /// No member has an earlier tick. Exact for the next 64 ticks at most, else where their slot begins; nothing when
    /// no slot holds anybody.
    [[nodiscard]] std::optional<Tick> next() const noexcept;

    /// Moves the position to the first tick up to `limit` that somebody has and appends all who have it to `reached`.
    /// False when there is none: the position is then where the last slot was opened.
    [[nodiscard]] bool turn_to_next(Tick limit, TimerList& reached) noexcept;

    /// Moves the position over ticks that nobody has; never back.
    void skip_to(Tick tick) noexcept;

private:
    static constexpr int digit_bits = 6;
    static constexpr std::size_t slots_per_level = 64;
    static constexpr int levels = 4;

    struct Slot {
        int level;
        Tick begin;
    };

    [[nodiscard]] std::optional<Slot> first_slot() const noexcept;
    [[nodiscard]] std::optional<Slot> find_first() const noexcept;
    [[nodiscard]] std::optional<unsigned> first_in(int level) const noexcept;
    [[nodiscard]] Tick digits_from(int level) const noexcept { return position_ >> (digit_bits * level); }
    void open(Slot slot, TimerList& reached) noexcept;

    Tick position_;
    /// A bit per slot. Unset = empty; a set bit may be stale, because members leave by unlinking alone: whoever meets
    /// an empty slot corrects it, also when only looking.
    mutable std::array<std::uint64_t, levels> occupied_{};
    /// Where the first member was found last: while anybody is in that slot, and nobody was filed before it, it holds.
    mutable std::optional<Slot> first_;
    std::array<std::array<TimerList, slots_per_level>, levels> slots_;
};

}  // namespace filesrv::event
