// SPDX-License-Identifier: MIT
// Byte ranges: parsed by the grammar, cut to the file, joined where they touch.
#include "http/range.hpp"

#include "base/assert.hpp"
#include "http/date.hpp"
#include "http/etag.hpp"
#include "http/grammar.hpp"

#include <algorithm>
#include <limits>
#include <optional>

namespace filesrv::http {
namespace {

constexpr std::uint64_t position_max = std::numeric_limits<std::uint64_t>::max();

/// One range as written; positions beyond 64 bits are the largest number.
struct RangeSpec {
    std::optional<std::uint64_t> first;  ///< nothing: `last` is a suffix length
    std::optional<std::uint64_t> last;   ///< nothing: to the end
};

/// Digits and nothing else, saturating. Nothing when malformed.
std::optional<std::uint64_t> parse_position(std::string_view text) noexcept {
    if (text.empty() || !std::all_of(text.begin(), text.end(), grammar::is_digit)) return std::nullopt;
    std::uint64_t value = 0;
    for (const char c : text) {
        const auto digit = static_cast<std::uint64_t>(c - '0');
        if (value > (position_max - digit) / 10) return position_max;
        value = value * 10 + digit;
    }
    return value;
}

/// RFC 9110 §14.1.1: `first-`, `first-last` or `-length`. A last before the first is malformed.
std::optional<RangeSpec> parse_spec(std::string_view text) noexcept {
    const std::size_t dash = text.find('-');
    if (dash == std::string_view::npos) return std::nullopt;
    RangeSpec spec;
    const std::string_view first = text.substr(0, dash);
    const std::string_view last = text.substr(dash + 1);
    spec.first = parse_position(first);
    spec.last = parse_position(last);
    // An empty side is meant (open, or a suffix), anything else that is no number is not; one side must be
    // there.
    if ((!spec.first && !first.empty()) || (!spec.last && !last.empty())) return std::nullopt;
    if (!spec.first && !spec.last) return std::nullopt;
    if (spec.first && spec.last && *spec.last < *spec.first) return std::nullopt;
    return spec;
}

/// RFC 9110 §14.1.2: nothing when not satisfiable; what reaches past the end is cut.
std::optional<Slice> cut(const RangeSpec& spec, std::uint64_t size) noexcept {
    FS_ASSERT(spec.first || spec.last);
    if (!spec.first) {
        const std::uint64_t length = std::min(*spec.last, size);
        if (length == 0) return std::nullopt;
        return Slice{.offset = size - length, .length = length};
    }
    if (*spec.first >= size) return std::nullopt;
    const std::uint64_t last = std::min(spec.last.value_or(position_max), size - 1);
    return Slice{.offset = *spec.first, .length = last - *spec.first + 1};
}

/// Overlapping or adjacent. Sums cannot overflow: slices end within the file.
bool touch(Slice a, Slice b) noexcept {
    return a.offset <= b.offset + b.length && b.offset <= a.offset + a.length;
}

Slice join(Slice a, Slice b) noexcept {
    FS_ASSERT(touch(a, b));
    const std::uint64_t begin = std::min(a.offset, b.offset);
    return {.offset = begin, .length = std::max(a.offset + a.length, b.offset + b.length) - begin};
}

}  // namespace

RangeOutcome RangeSet::resolve(std::string_view field, std::uint64_t size) noexcept {
    count_ = 0;
    constexpr std::string_view unit = "bytes=";
    if (!grammar::equals_ignoring_case(field.substr(0, unit.size()), unit)) return RangeOutcome::whole;
    field.remove_prefix(unit.size());
    std::size_t asked = 0;
    bool suffix_of_nothing = false;
    while (const auto element = grammar::next_element(field)) {
        if (element->empty()) continue;
        const auto spec = parse_spec(*element);
        if (!spec || ++asked > limits::ranges_max) {
            count_ = 0;
            return RangeOutcome::whole;
        }
        if (const auto slice = cut(*spec, size)) slices_[count_++] = *slice;
        suffix_of_nothing = suffix_of_nothing || (size == 0 && !spec->first && *spec->last > 0);
    }
    // The last bytes of an empty file are all of it, and no Content-Range can say so.
    if (asked == 0 || suffix_of_nothing) return RangeOutcome::whole;
    if (count_ == 0) return RangeOutcome::unsatisfiable;
    join_touching();
    const bool is_all = count_ == 1 && slices_[0].length == size;
    return asked > 1 && is_all ? RangeOutcome::whole : RangeOutcome::partial;
}

/// Each slice swallows what touches it; the order of what remains is that of the request. At most 32² looks,
/// thrice.
void RangeSet::join_touching() noexcept {
    for (std::size_t i = 0; i < count_; ++i) {
        for (std::size_t j = i + 1; j < count_;) {
            if (!touch(slices_[i], slices_[j])) {
                ++j;
                continue;
            }
            slices_[i] = join(slices_[i], slices_[j]);
            std::move(slices_.begin() + j + 1, slices_.begin() + count_, slices_.begin() + j);
            --count_;
            j = i + 1;  // the larger slice may touch one that it did not before
        }
    }
    FS_ASSERT(count_ >= 1 && count_ <= limits::ranges_max);
}

bool if_range_holds(std::string_view field, const EntityInfo& entity, WallTime now) noexcept {
    if (is_etag(field)) return !entity.etag.empty() && same_tag(field, entity.etag, TagComparison::strong);
    const auto date = parse_date(field, unix_seconds(now));
    return date && *date == unix_seconds(entity.modified) && *date < unix_seconds(now);
}

}  // namespace filesrv::http
