// SPDX-License-Identifier: MIT
// Answers by method and status code, in 3 KiB: one writer, any reader.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <string>
#include <vector>

#include "base/assert.hpp"
#include "base/count.hpp"
#include "http/method.hpp"
#include "observe/lifetime.hpp"

namespace filesrv::serve {

/// What is told of an answer that nobody got: the client had left before it was made.
inline constexpr unsigned status_of_no_answer = 499;

class AnswerCounts {
    // http/status.hpp, and who left. The first takes what is not among them, which would be a bug, but none to die of.
    static constexpr std::uint16_t codes[] = {0,   200, 201, 204, 206, 301, 303, 304, 307, 308, 400, 403, 404, 405, 406, 408, 409, 411,
                                              412, 413, 414, 415, 416, 417, 421, 429, 431, 499, 500, 501, 503, 505, 507};
    static constexpr std::size_t code_max = 511;

    /// Where a code stands in `codes`.
    static constexpr std::array<std::uint8_t, code_max + 1> slots = [] {
        std::array<std::uint8_t, code_max + 1> made{};
        for (std::size_t i = 1; i < std::size(codes); ++i) made[codes[i]] = static_cast<std::uint8_t>(i);
        return made;
    }();

public:
    /// Its one writer only.
    void count(http::Method method, unsigned code) noexcept {
        FS_ASSERT(code <= code_max);
        counts_[static_cast<std::size_t>(method)][slots[code]].add();
    }

private:
    friend class AnswerSum;
    std::array<std::array<Count, std::size(codes)>, http::method_count> counts_;
};

/// Several of them added up.
class AnswerSum {
public:
    void add(const AnswerCounts& counts) noexcept {
        for (std::size_t method = 0; method < http::method_count; ++method) {
            for (std::size_t slot = 0; slot < slots; ++slot) sums_[method][slot] += counts.counts_[method][slot].read();
        }
    }

    /// Those that happened, by method and code, ascending.
    [[nodiscard]] std::vector<observe::RequestCount> counts() const {
        std::vector<observe::RequestCount> made;
        for (std::size_t method = 0; method < http::method_count; ++method) {
            const auto known = static_cast<http::Method>(method);
            for (std::size_t slot = 0; slot < slots; ++slot) {
                if (sums_[method][slot] == 0) continue;
                made.push_back({.method = known == http::Method::unknown ? "other" : std::string(http::name(known)),
                                .code = AnswerCounts::codes[slot], .count = sums_[method][slot]});
            }
        }
        observe::sort(made);
        return made;
    }

private:
    static constexpr std::size_t slots = std::size(AnswerCounts::codes);
    std::array<std::array<std::uint64_t, slots>, http::method_count> sums_{};
};

}  // namespace filesrv::serve
