// SPDX-License-Identifier: MIT
// Edits that know nothing of HTTP: bits, bytes and runs of bytes.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "random.hpp"

namespace filesrv::mutate {

/// What an edit may draw from besides the request itself.
struct Sources {
    std::span<const std::string> seeds;   ///< whole requests; not empty
    std::span<const std::string> values;  ///< field values of the corpus; may be empty
};

/// One change to a request. Any bytes are fine for it, none at all too; it may do nothing.
using Edit = void (*)(std::string& request, Random& random, const Sources& sources);

[[nodiscard]] std::span<const Edit> byte_edits() noexcept;

inline constexpr std::size_t request_bytes_max = std::size_t{96} * 1024;

/// Inserts `count` copies of `text`, fewer where the request would grow beyond request_bytes_max.
void insert_repeated(std::string& request, std::size_t at, std::string_view text, std::size_t count);

}  // namespace filesrv::mutate
