// SPDX-License-Identifier: MIT
// Names that were seen a moment ago.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string_view>
#include <vector>

#include "base/assert.hpp"

namespace filesrv::store {

/// A hint of fixed size, never an answer: it forgets, and it may take one name for another. One thread.
class RecentNames {
public:
    /// `slots` is a power of two, at 4 bytes each; taken when the first name is remembered.
    explicit RecentNames(std::size_t slots = 16384) noexcept : slots_(slots) {
        FS_ASSERT(slots > 0 && (slots & (slots - 1)) == 0);
    }

    void remember(std::string_view path) {
        if (marks_.empty()) marks_.resize(slots_);
        const Place place = place_of(path);
        marks_[place.slot] = place.mark;
    }

    [[nodiscard]] bool may_contain(std::string_view path) const noexcept {
        if (marks_.empty()) return false;
        const Place place = place_of(path);
        FS_ASSERT(place.slot < marks_.size() && place.mark != 0);
        return marks_[place.slot] == place.mark;
    }

private:
    struct Place {
        std::size_t slot;
        std::uint32_t mark;  ///< never 0, which is an empty slot's
    };

    [[nodiscard]] Place place_of(std::string_view path) const noexcept {
        const std::uint64_t hash = std::hash<std::string_view>()(path);
        return {.slot = hash & (slots_ - 1), .mark = static_cast<std::uint32_t>(hash >> 32) | 1};
    }

    std::size_t slots_;
    std::vector<std::uint32_t> marks_;
};

}  // namespace filesrv::store
