// SPDX-License-Identifier: MIT
// What fuzz targets share: an expectation that stops the program in every build, and bytes as text.
#pragma once

#include "base/assert.hpp"

#include <cstddef>
#include <cstdint>
#include <string_view>

/// The entry that libFuzzer, or the replay of a corpus, calls. Returns 0.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace filesrv::fuzz {

inline std::string_view as_text(const std::uint8_t* data, std::size_t size) {
    return size == 0 ? std::string_view("") : std::string_view(reinterpret_cast<const char*>(data), size);
}

}  // namespace filesrv::fuzz
