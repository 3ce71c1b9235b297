// SPDX-License-Identifier: MIT
// Byte ranges (RFC 9110 §14): from the field's text to slices of a file.
#pragma once

#include "http/limits.hpp"
#include "http/preconditions.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace filesrv::http {

/// A piece of a file, in bytes.
struct Slice {
    std::uint64_t offset = 0;
    std::uint64_t length = 0;
    friend bool operator==(const Slice&, const Slice&) = default;
};

enum class RangeOutcome : std::uint8_t {
    whole,          ///< no range, one that is malformed or of another unit, or too many: the whole file
    partial,        ///< slices() are what is asked for
    unsatisfiable,  ///< 416
};

/// The slices that a Range field means for a file of a given size; in the order asked, overlapping and
/// adjacent ones joined.
class RangeSet {
public:
    /// Numbers beyond 64 bits mean "to the end" as a last position, and "past the end" as a first one.
    [[nodiscard]] RangeOutcome resolve(std::string_view field, std::uint64_t size) noexcept;

    [[nodiscard]] std::span<const Slice> slices() const noexcept { return {slices_.data(), count_}; }

private:
    void join_touching() noexcept;

    std::size_t count_ = 0;
    std::array<Slice, limits::ranges_max> slices_;
};

/// Whether a Range counts beside this If-Range (RFC 9110 §13.1.5): a strong tag that is the entity's strong
/// tag, or exactly its date, where that date is at least a second in the past and so cannot be shared by
/// other bytes of the same second.
[[nodiscard]] bool if_range_holds(std::string_view field, const EntityInfo& entity, WallTime now) noexcept;

}  // namespace filesrv::http
