// SPDX-License-Identifier: MIT
// The digests of a published entry, as far as somebody asked for them: the one thing of it that is learned later.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>

#include "base/digest.hpp"

namespace filesrv::store {

/// Written and read by any thread at once. Two that learn one digest at the same time learned the same; one copy stays,
/// and stays as long as the memo. Empty it costs a pointer an algorithm.
class DigestMemo {
public:
    DigestMemo() noexcept = default;
    DigestMemo(const DigestMemo&) = delete;
    DigestMemo& operator=(const DigestMemo&) = delete;
    ~DigestMemo() {
        for (const auto& slot : known_) delete slot.load(std::memory_order_relaxed);
    }

    /// Null: not known yet.
    [[nodiscard]] const Digest* find(DigestAlgorithm algorithm) const noexcept {
        // Acquire: pairs with the release below, so that the bytes are there when the pointer is.
        return known_[static_cast<std::size_t>(algorithm)].load(std::memory_order_acquire);
    }

    void keep(const Digest& digest) const {
        const Digest* learned = new Digest(digest);
        const Digest* none = nullptr;
        auto& slot = known_[static_cast<std::size_t>(digest.algorithm())];
        if (!slot.compare_exchange_strong(none, learned, std::memory_order_release, std::memory_order_relaxed)) delete learned;
    }

private:
    mutable std::array<std::atomic<const Digest*>, digest_algorithms.size()> known_{};
};

}  // namespace filesrv::store
