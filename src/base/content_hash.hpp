// SPDX-License-Identifier: MIT
// A 128-bit hash that tells contents apart, FNV-1a (draft-eastlake-fnv): no secret, the same on every machine.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace filesrv {

/// For tags of what this server words itself: two texts collide by chance once in 2^64 that are kept. It does not
/// resist somebody who looks for collisions, so nothing but freshness may depend on it.
class ContentHash {
public:
    explicit constexpr ContentHash(std::string_view content) noexcept {
        for (const char c : content) {
            value_ ^= static_cast<unsigned char>(c);
            value_ *= prime;
        }
    }

    /// 32 digits, lower case.
    [[nodiscard]] constexpr std::array<char, 32> hex() const noexcept {
        std::array<char, 32> digits;
        for (std::size_t i = 0; i < digits.size(); ++i) {
            digits[i] = "0123456789abcdef"[static_cast<unsigned>(value_ >> (124 - 4 * i)) & 15U];
        }
        return digits;
    }

private:
    __extension__ using Wide = unsigned __int128;
    static constexpr Wide prime = (Wide{1} << 88) + 0x13B;

    Wide value_ = (Wide{0x6C62272E07BB0142} << 64) + 0x62B821756295C58D;
};

}  // namespace filesrv
