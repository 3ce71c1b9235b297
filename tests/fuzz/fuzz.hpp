// SPDX-License-Identifier: MIT
// What fuzz targets share: an expectation that stops the program in every build, bytes as text, and ways to cut them.
#pragma once

#include "base/assert.hpp"
#include "mutate/random.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

/// The entry that libFuzzer, or the replay of a corpus, calls. Returns 0.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace filesrv::fuzz {

inline std::string_view as_text(const std::uint8_t* data, std::size_t size) {
    return size == 0 ? std::string_view("") : std::string_view(reinterpret_cast<const char*>(data), size);
}

/// Sizes of the pieces in which bytes arrive. Nothing but the bytes decides them, so that a find can be made again.
class Cuts {
public:
    /// Every piece of one size, 1 or more.
    explicit Cuts(std::size_t step) : random_(0), step_(step) { FS_ASSERT(step > 0); }
    /// Small ones and large ones, as they come.
    explicit Cuts(std::string_view bytes) : random_(mutate::seed_of(bytes)) {}

    /// Of `left` bytes; 0 only where none are left.
    [[nodiscard]] std::size_t next(std::size_t left) {
        if (left == 0) return 0;
        const std::size_t wish = step_ > 0 ? step_ : 1 + random_.below(random_.one_in(3) ? left : std::min<std::size_t>(left, 9));
        return std::min(wish, left);
    }

private:
    mutate::Random random_;
    std::size_t step_ = 0;
};

/// What stands between separators; one piece more than there are of them.
inline std::vector<std::string_view> split(std::string_view text, char separator) {
    std::vector<std::string_view> pieces;
    for (std::size_t begin = 0; begin <= text.size();) {
        const std::size_t end = std::min(text.find(separator, begin), text.size());
        pieces.push_back(text.substr(begin, end - begin));
        begin = end + 1;
    }
    return pieces;
}

/// Digits and nothing else. Written once more for the references: what is tested has its own.
inline bool all_digits(std::string_view text) {
    return !text.empty() && text.find_first_not_of("0123456789") == text.npos;
}

}  // namespace filesrv::fuzz
