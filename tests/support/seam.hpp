// SPDX-License-Identifier: MIT
// Faults for a test build of the daemon: the table of seams, one for each call that can be made to fail.
//
// A seam counts its calls and fails those from number `first` to number `last`. The table may lie in a file that a test
// maps too (FILESRV_TEST_SEAMS=FILE, made by the test as large as the table): then it arms a running daemon by storing a
// few words, and no call of the daemon's is spent on listening for that.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace filesrv::test {

/// What a seam does to a call instead of letting it through: an errno, or one of these.
namespace instead {
inline constexpr int success = 0;
inline constexpr int short_transfer = -1;  ///< half of the bytes are moved
inline constexpr int end_of_file = -2;     ///< nothing is moved, and that is no error
inline constexpr int held = -3;            ///< it waits until it is none of those to fail any more, and is let through
}  // namespace instead

/// As the test sees it too: plain words, no padding.
struct Seam {
    std::array<char, 24> name{};
    std::atomic<std::uint64_t> calls{0};
    std::atomic<std::uint64_t> first{0};  ///< the first call to fail, counted from 1; 0 = none
    std::atomic<std::uint64_t> last{0};
    std::atomic<std::int64_t> code{0};    ///< errno, or one of `instead`
    std::atomic<std::uint64_t> fired{0};  ///< calls that met the fault

    /// Counts a call: what is to become of it. Waits where it is to be held.
    [[nodiscard]] int next() noexcept;

private:
    [[nodiscard]] bool meets(std::uint64_t call) const noexcept;
};
static_assert(sizeof(Seam) == 64 && std::atomic<std::uint64_t>::is_always_lock_free);

/// Its place in the table; it is the same in every run of one build. Aborts on a name that no seam has.
[[nodiscard]] std::size_t seam_index(std::string_view name) noexcept;
[[nodiscard]] Seam& seam_at(std::size_t index) noexcept;

}  // namespace filesrv::test
