// SPDX-License-Identifier: MIT
// Random numbers that are the same for the same seed on every machine: a failure can be made again.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/assert.hpp"

namespace filesrv::mutate {

/// SplitMix64: one addition and a mixer, and any two seeds give unrelated sequences.
class Random {
public:
    explicit Random(std::uint64_t seed) noexcept : state_(seed) {}

    [[nodiscard]] std::uint64_t next() noexcept {
        std::uint64_t mixed = state_ += 0x9e3779b97f4a7c15;
        mixed = (mixed ^ (mixed >> 30)) * 0xbf58476d1ce4e5b9;
        mixed = (mixed ^ (mixed >> 27)) * 0x94d049bb133111eb;
        return mixed ^ (mixed >> 31);
    }

    /// 0 … bound − 1. The bias of the remainder is of no matter here.
    [[nodiscard]] std::size_t below(std::size_t bound) noexcept {
        FS_ASSERT(bound > 0);
        return static_cast<std::size_t>(next() % bound);
    }

    [[nodiscard]] bool one_in(std::size_t bound) noexcept { return below(bound) == 0; }

    /// One element of anything with size() and [].
    template <class List>
    [[nodiscard]] const auto& pick(const List& list) noexcept {
        return list[below(list.size())];
    }

private:
    std::uint64_t state_;
};

/// A seed made of bytes (FNV-1a), so that what is done with a request depends on nothing but the request.
[[nodiscard]] inline std::uint64_t seed_of(std::string_view bytes) noexcept {
    std::uint64_t hash = 0xcbf29ce484222325;
    for (const char c : bytes) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3;
    return hash;
}

}  // namespace filesrv::mutate
