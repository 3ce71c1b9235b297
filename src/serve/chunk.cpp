// SPDX-License-Identifier: MIT
// The chunked coding of what we send.
#include "serve/chunk.hpp"

#include <array>
#include <charconv>

#include "base/assert.hpp"

namespace filesrv::serve {

void append_chunk(std::string& out, std::string_view bytes) {
    FS_ASSERT(!bytes.empty());
    std::array<char, 16> digits;  // 2^64 − 1 in hexadecimal
    const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), bytes.size(), 16);
    out.append(digits.data(), end.ptr).append("\r\n").append(bytes).append("\r\n");
}

}  // namespace filesrv::serve
