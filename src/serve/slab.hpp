// SPDX-License-Identifier: MIT
// Type-stable slots: memory that, once a T, stays a T. A late look at a slot finds an object, if perhaps another's.
#pragma once

#include <algorithm>
#include <cstddef>
#include <memory>
#include <new>
#include <optional>
#include <utility>
#include <vector>

#include "base/assert.hpp"

namespace filesrv::serve {

/// Objects are made in blocks, handed out and taken back, and destroyed with the slab. One thread.
template <class T>
class Slab {
public:
    static constexpr std::size_t slots_per_block = 64;

    Slab() = default;
    Slab(const Slab&) = delete;
    Slab& operator=(const Slab&) = delete;
    ~Slab() {
        for (const auto& block : blocks_) std::destroy_n(objects_of(block), slots_per_block);
    }

    /// A free slot, last used first; makes a block of them from `args` when there is none.
    template <class... Args>
    [[nodiscard]] T& take(Args&... args) {
        if (!has_free()) grow(args...);
        T& slot = *free_.back();
        free_.pop_back();
        ++in_use_;
        return slot;
    }

    void put_back(T& slot) noexcept {
        FS_ASSERT(in_use_ > 0);
        --in_use_;
        free_.push_back(&slot);  // its room was reserved when the slot was made
    }

    /// Another block of slots. Without memory for it (std::bad_alloc) nothing has changed.
    template <class... Args>
    void grow(Args&... args) {
        free_.reserve((blocks_.size() + 1) * slots_per_block);
        const auto& block = blocks_.emplace_back(std::make_unique_for_overwrite<Block>());
        for (std::size_t i = slots_per_block; i > 0; --i) {
            free_.push_back(std::construct_at(reinterpret_cast<T*>(block->bytes) + (i - 1), args...));
        }
    }

    [[nodiscard]] std::size_t in_use() const noexcept { return in_use_; }
    [[nodiscard]] bool has_free() const noexcept { return !free_.empty(); }
    [[nodiscard]] std::size_t capacity() const noexcept { return blocks_.size() * slots_per_block; }

    /// Calls fn(T&) for every slot, in use or not.
    template <class Fn>
    void for_each(Fn&& fn) {
        for (const auto& block : blocks_) {
            for (std::size_t i = 0; i < slots_per_block; ++i) fn(objects_of(block)[i]);
        }
    }

    /// The same for at most `count` slots from number `from` on. Where to go on: numbers stay. Nothing at the end.
    template <class Fn>
    [[nodiscard]] std::optional<std::size_t> for_some(std::size_t from, std::size_t count, Fn&& fn) {
        const std::size_t slots = blocks_.size() * slots_per_block;
        const std::size_t end = std::min(from + count, slots);
        for (std::size_t i = from; i < end; ++i) fn(objects_of(blocks_[i / slots_per_block])[i % slots_per_block]);
        return end < slots ? std::optional(end) : std::nullopt;
    }

private:
    struct Block {
        alignas(T) std::byte bytes[sizeof(T) * slots_per_block];
    };

    static T* objects_of(const std::unique_ptr<Block>& block) noexcept {
        return std::launder(reinterpret_cast<T*>(block->bytes));
    }

    std::vector<std::unique_ptr<Block>> blocks_;
    std::vector<T*> free_;
    std::size_t in_use_ = 0;
};

}  // namespace filesrv::serve
