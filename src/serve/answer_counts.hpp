// SPDX-License-Identifier: MIT
// Answers by method and status code, in 3 KiB at most: one writer, any reader.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "base/assert.hpp"
#include "base/count.hpp"
#include "http/method.hpp"
#include "http/status.hpp"
#include "observe/lifetime.hpp"

namespace filesrv::serve {

/// What is told of an answer that nobody got: the client had left before it was made.
inline constexpr unsigned status_of_no_answer = 499;

/// Where each code is counted: every status that there is has a slot of its own, as has whoever left. Slot 0 is for all
/// else, which would be a bug, but none to die of.
class AnswerSlots {
public:
    consteval AnswerSlots() {
        for (unsigned code = 1; code <= http::code_max; ++code) {
            if (code != status_of_no_answer && http::reason_if_known(static_cast<http::Status>(code)).empty()) continue;
            slots_[code] = ++last_;
            codes_[last_] = static_cast<std::uint16_t>(code);
        }
    }
    [[nodiscard]] constexpr std::size_t count() const noexcept { return last_ + std::size_t{1}; }
    [[nodiscard]] constexpr std::size_t slot_of(unsigned code) const noexcept { return slots_[code]; }
    [[nodiscard]] constexpr unsigned code_of(std::size_t slot) const noexcept { return codes_[slot]; }

private:
    std::array<std::uint8_t, http::code_max + 1> slots_{};
    std::array<std::uint16_t, http::code_max + 1> codes_{};  ///< ascending
    std::uint8_t last_ = 0;
};

inline constexpr AnswerSlots answer_slots;

class AnswerCounts {
public:
    /// Its one writer only.
    void count(http::Method method, unsigned code) noexcept {
        FS_ASSERT(code <= http::code_max);
        counts_[static_cast<std::size_t>(method)][answer_slots.slot_of(code)].add();
    }

private:
    friend class AnswerSum;
    std::array<std::array<Count, answer_slots.count()>, http::method_count> counts_;
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
                                .code = answer_slots.code_of(slot), .count = sums_[method][slot]});
            }
        }
        observe::sort(made);
        return made;
    }

private:
    static constexpr std::size_t slots = answer_slots.count();
    std::array<std::array<std::uint64_t, slots>, http::method_count> sums_{};
};

}  // namespace filesrv::serve
