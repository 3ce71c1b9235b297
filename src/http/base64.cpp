// SPDX-License-Identifier: MIT
// Base64 (RFC 4648 §4) as structured fields use it.
#include "http/base64.hpp"

#include "base/assert.hpp"

#include <array>

namespace filesrv::http {
namespace {

constexpr std::string_view alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
static_assert(alphabet.size() == 64);

constexpr std::int8_t no_digit = -1;

consteval std::array<std::int8_t, 256> make_values() {
    std::array<std::int8_t, 256> values{};
    values.fill(no_digit);
    for (std::size_t i = 0; i < alphabet.size(); ++i)
        values[static_cast<unsigned char>(alphabet[i])] = static_cast<std::int8_t>(i);
    return values;
}

constexpr std::array<std::int8_t, 256> values = make_values();

}  // namespace

void append_base64(std::string& out, std::span<const std::uint8_t> bytes) {
    while (!bytes.empty()) {
        std::uint32_t group = 0;
        for (std::size_t i = 0; i < 3; ++i) group = group << 8 | (i < bytes.size() ? bytes[i] : 0u);
        // n bytes need n + 1 characters; the rest of the four is padding.
        const std::size_t taken = bytes.size() < 3 ? bytes.size() : 3;
        for (std::size_t i = 0; i < 4; ++i) out += i <= taken ? alphabet[group >> (18 - 6 * i) & 63] : '=';
        bytes = bytes.subspan(taken);
    }
}

std::optional<std::size_t> decode_base64(std::string_view text, std::span<std::uint8_t> out) noexcept {
    std::size_t padding = 0;
    for (; padding < 2 && text.ends_with('='); ++padding) text.remove_suffix(1);
    // One character alone is not a byte; padding that is there must fill the last four.
    if (text.size() % 4 == 1 || (padding > 0 && (text.size() + padding) % 4 != 0)) return std::nullopt;
    std::uint32_t bits = 0;
    unsigned bit_count = 0;
    std::size_t written = 0;
    for (const char c : text) {
        const std::int8_t value = values[static_cast<unsigned char>(c)];
        if (value == no_digit) return std::nullopt;
        bits = bits << 6 | static_cast<std::uint32_t>(value);
        bit_count += 6;
        if (bit_count < 8) continue;
        bit_count -= 8;
        if (written < out.size()) out[written] = static_cast<std::uint8_t>(bits >> bit_count);
        ++written;
    }
    FS_ASSERT(written == text.size() * 3 / 4);
    return written;
}

}  // namespace filesrv::http
