// SPDX-License-Identifier: MIT
// A hash table of members that hold their own name: one line of the processor's cache tells that a name is not there.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string_view>
#include <utility>
#include <vector>

#include "base/assert.hpp"

namespace filesrv::store {

/// What a member of a NameTable derives from: the hash of its name, so that nobody has to compute it or to look at the
/// name a second time.
class NameHook {
private:
    template <class T>
    friend class NameTable;

    std::uint64_t hash_ = 0;
};

/// Members of type T, which derives from NameHook and has a `name()` that stays what it is while the member is in here.
/// Owns nothing. Open addressing, with places that are probed one after the other: a chain of nodes in the heap costs an
/// access to memory for each, and most that is looked for in a full cache of a large tree is not there.
template <class T>
class NameTable {
public:
    NameTable() = default;
    NameTable(const NameTable&) = delete;
    NameTable& operator=(const NameTable&) = delete;

    [[nodiscard]] bool empty() const noexcept { return count_ == 0; }

    [[nodiscard]] T* find(std::string_view name) const noexcept {
        if (places_.empty()) return nullptr;
        const std::uint64_t hash = hash_of(name);
        return places_[find(hash, name)].member;
    }

    /// Returns the member that had the name until now, if there was one. Throws std::bad_alloc, and nothing has changed.
    [[nodiscard]] T* insert(T& member) {
        if ((count_ + 1) * 4 > places_.size() * 3) grow();
        NameHook& hook = member;
        hook.hash_ = hash_of(member.name());
        Place& place = places_[find(hook.hash_, member.name())];
        place.hash = hook.hash_;
        if (place.member == nullptr) ++count_;
        return std::exchange(place.member, &member);
    }

    void erase(T& member) noexcept {
        FS_ASSERT(count_ > 0);
        const NameHook& hook = member;
        std::size_t gap = home_of(hook.hash_);
        while (places_[gap].member != &member) {
            FS_ASSERT(places_[gap].member != nullptr);  // else it is not in here
            gap = next(gap);
        }
        close(gap);
        --count_;
    }

private:
    struct Place {
        std::uint64_t hash = 0;
        T* member = nullptr;  ///< none: free, and the end of a search
    };

    static constexpr std::size_t places_min = 16;

    [[nodiscard]] static std::uint64_t hash_of(std::string_view name) noexcept {
        return std::hash<std::string_view>()(name);
    }
    [[nodiscard]] std::size_t home_of(std::uint64_t hash) const noexcept { return hash & (places_.size() - 1); }
    [[nodiscard]] std::size_t next(std::size_t at) const noexcept { return (at + 1) & (places_.size() - 1); }

    /// The place of that name's member, or the free one where it would be.
    [[nodiscard]] std::size_t find(std::uint64_t hash, std::string_view name) const noexcept {
        std::size_t at = home_of(hash);
        while (places_[at].member != nullptr && !(places_[at].hash == hash && places_[at].member->name() == name)) {
            at = next(at);
        }
        return at;
    }

    void put(const Place& filled) noexcept {
        std::size_t at = home_of(filled.hash);
        while (places_[at].member != nullptr) at = next(at);
        places_[at] = filled;
    }

    /// A power of two, at most three quarters of it in use, so that each search ends.
    void grow() {
        std::vector<Place> old(places_.empty() ? places_min : places_.size() * 2);
        old.swap(places_);
        for (const Place& place : old) {
            if (place.member != nullptr) put(place);
        }
    }

    /// Moves up what a free place would hide: whatever had to go past it to find its own.
    void close(std::size_t gap) noexcept {
        for (std::size_t at = next(gap); places_[at].member != nullptr; at = next(at)) {
            const std::size_t mask = places_.size() - 1;
            const std::size_t from_home = (at - home_of(places_[at].hash)) & mask;
            if (from_home < ((at - gap) & mask)) continue;  // its home lies behind the gap
            places_[gap] = places_[at];
            gap = at;
        }
        places_[gap] = {};
    }

    std::vector<Place> places_;
    std::size_t count_ = 0;
};

}  // namespace filesrv::store
