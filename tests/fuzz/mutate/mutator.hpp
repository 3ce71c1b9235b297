// SPDX-License-Identifier: MIT
// Makes the requests: case after case from a seed and a corpus, the same ones each time.
#pragma once

#include <cstdint>
#include <string>

#include "byte_edits.hpp"

namespace filesrv::mutate {

/// Pure: what case `number` is depends on the seed, the corpus and the edits alone.
class Mutator {
public:
    /// The sources must outlive it.
    Mutator(const Sources& sources, std::uint64_t seed) noexcept;

    /// The first cases are the seeds as they are, all others are mutated; one in eight is followed by another
    /// request on the same connection. Never longer than request_bytes_max, never empty.
    [[nodiscard]] std::string make(std::uint64_t number) const;

private:
    [[nodiscard]] std::string mutated(Random& random) const;

    Sources sources_;
    std::uint64_t seed_;
};

}  // namespace filesrv::mutate
