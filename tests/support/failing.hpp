// SPDX-License-Identifier: MIT
// Faults for unit tests: calls of one kind that fail for as long as an object lives.
#pragma once

#include <cstdint>
#include <limits>
#include <string_view>

#include "seam.hpp"

namespace filesrv::test {

class Failing {
public:
    static constexpr std::uint64_t always = std::numeric_limits<std::uint32_t>::max();

    /// Call number `first` from now on and those after it, `times` in all. `code` is an errno, or one of `instead`.
    Failing(std::string_view call, int code, std::uint64_t times = always, std::uint64_t first = 1) noexcept
        : seam_(seam_at(seam_index(call))) {
        seam_.fired = 0;
        seam_.code = code;
        seam_.last = seam_.calls + first + times - 1;
        seam_.first = seam_.calls + first;
    }
    Failing(const Failing&) = delete;
    Failing& operator=(const Failing&) = delete;
    ~Failing() { seam_.first = 0; }

    /// Calls that have failed.
    [[nodiscard]] std::uint64_t fired() const noexcept { return seam_.fired; }

private:
    Seam& seam_;
};

}  // namespace filesrv::test
