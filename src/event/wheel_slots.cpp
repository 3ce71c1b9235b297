// SPDX-License-Identifier: MIT
// The slots of a hierarchical wheel.
//
// A member stands on the level of the highest base-64 digit in which its tick differs from the position, in the slot
// that this digit names. When the position reaches a slot of an upper level, its members differ from it in lower
// digits only, and move down. So everybody on a level is due before anybody on the next, and nothing has to be done
// between two slots that hold somebody, however far apart. The top level is a ring: what is farther than 63 of its
// slots (about 6.5 days) stands in the last one and is filed again when that is reached.
#include "event/wheel_slots.hpp"

#include <algorithm>
#include <bit>

#include "base/assert.hpp"

namespace filesrv::event {
namespace {

constexpr std::uint64_t bit_of(Tick digits) noexcept { return std::uint64_t{1} << (digits % 64); }

}  // namespace

void WheelSlots::file(Timer& member) noexcept {
    const Tick tick = member.tick();
    FS_ASSERT(tick > position_);
    const int level = std::min((63 - std::countl_zero(tick ^ position_)) / digit_bits, levels - 1);
    Tick digits = tick >> (digit_bits * level);
    if (level == levels - 1) digits = std::min(digits, digits_from(level) + slots_per_level - 1);
    slots_[level][digits % slots_per_level].push_back(member);
    occupied_[level] |= bit_of(digits);
    const Tick begin = digits << (digit_bits * level);
    if (first_ && begin < first_->begin) first_ = Slot{.level = level, .begin = begin};
}

/// The distance from the position to the first slot of a level that holds somebody.
std::optional<unsigned> WheelSlots::first_in(int level) const noexcept {
    const Tick here = digits_from(level);
    while (occupied_[level] != 0) {
        const auto ahead = std::rotr(occupied_[level], static_cast<int>((here + 1) % slots_per_level));
        const auto distance = static_cast<unsigned>(std::countr_zero(ahead)) + 1;
        const Tick there = here + distance;
        if (!slots_[level][there % slots_per_level].empty()) return distance;
        occupied_[level] &= ~bit_of(there);
    }
    return std::nullopt;
}

/// Asked several times a turn, by all wheels of a reactor: it is mostly where it was.
std::optional<WheelSlots::Slot> WheelSlots::first_slot() const noexcept {
    if (first_) {
        FS_ASSERT(first_->begin > position_);
        const Tick digits = first_->begin >> (digit_bits * first_->level);
        if (!slots_[first_->level][digits % slots_per_level].empty()) return first_;
    }
    return first_ = find_first();
}

std::optional<WheelSlots::Slot> WheelSlots::find_first() const noexcept {
    std::uint64_t anybody = 0;
    for (const std::uint64_t bits : occupied_) anybody |= bits;
    if (anybody == 0) return std::nullopt;
    for (int level = 0; level < levels; ++level) {
        const auto distance = first_in(level);
        if (!distance) continue;
        FS_ASSERT(*distance < slots_per_level);  // nobody stands in the slot of the position itself
        return Slot{.level = level, .begin = (digits_from(level) + *distance) << (digit_bits * level)};
    }
    return std::nullopt;
}

std::optional<Tick> WheelSlots::next() const noexcept {
    const auto slot = first_slot();
    return slot ? std::optional(slot->begin) : std::nullopt;
}

/// Moves the position to the beginning of a slot and its members to where they belong from there.
void WheelSlots::open(Slot slot, TimerList& reached) noexcept {
    FS_ASSERT(slot.begin > position_);
    position_ = slot.begin;
    first_.reset();
    TimerList members;  // aside first: the last slot of the ring may get some of them back
    members.splice_back(slots_[slot.level][digits_from(slot.level) % slots_per_level]);
    occupied_[slot.level] &= ~bit_of(digits_from(slot.level));
    while (!members.empty()) {
        Timer& member = members.pop_front();
        if (member.tick() == position_) reached.push_back(member);
        else file(member);
    }
}

bool WheelSlots::turn_to_next(Tick limit, TimerList& reached) noexcept {
    TimerList arrived;
    while (arrived.empty()) {
        const auto slot = first_slot();
        if (!slot || slot->begin > limit) return false;
        open(*slot, arrived);
    }
    reached.splice_back(arrived);
    return true;
}

void WheelSlots::skip_to(Tick tick) noexcept {
    if (tick <= position_) return;
    const auto first = next();
    FS_ASSERT(!first || *first > tick);
    position_ = tick;
}

}  // namespace filesrv::event
