// SPDX-License-Identifier: MIT
// Digests of bytes as plain values: which algorithm, and what it gave. Who computes them is another's business.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "base/assert.hpp"

namespace filesrv {

/// The active algorithms of RFC 9530 section 5; those that it calls deprecated prove nothing.
enum class DigestAlgorithm : std::uint8_t { sha_256, sha_512 };

inline constexpr std::array digest_algorithms{DigestAlgorithm::sha_256, DigestAlgorithm::sha_512};
inline constexpr std::size_t digest_bytes_max = 64;

/// Bytes of a digest.
[[nodiscard]] constexpr std::size_t digest_size(DigestAlgorithm algorithm) noexcept {
    return algorithm == DigestAlgorithm::sha_256 ? 32 : digest_bytes_max;
}

/// As the registry of digest algorithms spells it.
[[nodiscard]] constexpr std::string_view name(DigestAlgorithm algorithm) noexcept {
    return algorithm == DigestAlgorithm::sha_256 ? "sha-256" : "sha-512";
}

class Digest {
public:
    /// `bytes` has the algorithm's size.
    Digest(DigestAlgorithm algorithm, std::span<const std::uint8_t> bytes) noexcept : algorithm_(algorithm) {
        FS_ASSERT(bytes.size() == digest_size(algorithm));
        std::ranges::copy(bytes, bytes_.begin());
    }

    [[nodiscard]] DigestAlgorithm algorithm() const noexcept { return algorithm_; }
    [[nodiscard]] std::span<const std::uint8_t> bytes() const noexcept {
        return std::span(bytes_).first(digest_size(algorithm_));
    }
    bool operator==(const Digest&) const noexcept = default;

private:
    friend class DigestSet;
    explicit Digest(DigestAlgorithm algorithm) noexcept : algorithm_(algorithm) {}  // all zeros: a place for one

    DigestAlgorithm algorithm_;
    std::array<std::uint8_t, digest_bytes_max> bytes_{};
};

/// Which algorithms are meant.
class DigestAlgorithms {
public:
    void add(DigestAlgorithm algorithm) noexcept { bits_ |= bit(algorithm); }
    [[nodiscard]] bool contains(DigestAlgorithm algorithm) const noexcept { return (bits_ & bit(algorithm)) != 0; }
    [[nodiscard]] bool empty() const noexcept { return bits_ == 0; }
    bool operator==(const DigestAlgorithms&) const noexcept = default;

private:
    [[nodiscard]] static constexpr unsigned bit(DigestAlgorithm algorithm) noexcept {
        return 1U << static_cast<unsigned>(algorithm);
    }
    unsigned bits_ = 0;
};

/// At most one digest of each algorithm, all of the same bytes.
class DigestSet {
public:
    /// Replaces what was there of its algorithm.
    void put(const Digest& digest) noexcept {
        there_.add(digest.algorithm());
        digests_[index(digest.algorithm())] = digest;
    }
    /// Null when there is none; valid as long as the set.
    [[nodiscard]] const Digest* find(DigestAlgorithm algorithm) const noexcept {
        return there_.contains(algorithm) ? &digests_[index(algorithm)] : nullptr;
    }
    [[nodiscard]] bool empty() const noexcept { return there_.empty(); }

private:
    [[nodiscard]] static constexpr std::size_t index(DigestAlgorithm algorithm) noexcept {
        return static_cast<std::size_t>(algorithm);
    }

    // No array of optionals: g++ 12.2 drops a store of theirs as dead and finds an empty set.
    DigestAlgorithms there_;
    std::array<Digest, digest_algorithms.size()> digests_{Digest(DigestAlgorithm::sha_256), Digest(DigestAlgorithm::sha_512)};
};

}  // namespace filesrv
