// SPDX-License-Identifier: MIT
// Any bytes as a Range, against a reference that marks bytes in a table one by one.
#include "fuzz.hpp"

#include "http/range.hpp"

#include <string>

using namespace filesrv;
using namespace filesrv::http;

namespace {

constexpr std::size_t table_bytes = 70;

struct Wanted {
    RangeOutcome outcome = RangeOutcome::whole;
    std::vector<std::size_t> asked_first;  ///< for each byte which range asked for it first; `nobody`
};
constexpr std::size_t nobody = 99;

/// No file here has a hundred bytes: larger numbers all mean the same.
std::size_t small_number(std::string_view digits) {
    while (digits.size() > 1 && digits.front() == '0') digits.remove_prefix(1);
    return digits.size() > 2 ? 100 : static_cast<std::size_t>(std::stoul(std::string(digits)));
}

/// Longer and then larger by text: as far as a reader with 64 bits can see.
bool is_before(std::string_view a, std::string_view b) {
    const auto plain = [](std::string_view digits) {
        while (digits.size() > 1 && digits.front() == '0') digits.remove_prefix(1);
        constexpr std::string_view most = "18446744073709551615";
        const bool beyond = digits.size() > most.size() || (digits.size() == most.size() && digits > most);
        return std::string(beyond ? most : digits);
    };
    const std::string x = plain(a), y = plain(b);
    return x.size() != y.size() ? x.size() < y.size() : x < y;
}

std::string_view without_blanks(std::string_view text) {
    const std::size_t begin = text.find_first_not_of(" \t");
    if (begin == text.npos) return {};
    return text.substr(begin, text.find_last_not_of(" \t") - begin + 1);
}

/// RFC 9110 §14.1.1: one dash with a number on one side or both, in order.
bool is_spec(std::string_view spec) {
    const auto sides = fuzz::split(spec, '-');
    if (sides.size() != 2 || spec.size() < 2) return false;
    for (const std::string_view side : sides) {
        if (!side.empty() && !fuzz::all_digits(side)) return false;
    }
    return sides[0].empty() || sides[1].empty() || !is_before(sides[1], sides[0]);
}

/// The bytes that one range means, each alone.
bool means(std::string_view spec, std::size_t at, std::size_t size) {
    const auto sides = fuzz::split(spec, '-');
    if (sides[0].empty()) return at + small_number(sides[1]) >= size;
    return at >= small_number(sides[0]) && (sides[1].empty() || at <= small_number(sides[1]));
}

Wanted reference(std::string_view field, std::size_t size) {
    Wanted wanted{.asked_first = std::vector<std::size_t>(size, nobody)};
    std::string unit(field.substr(0, 6));
    for (char& c : unit) c = static_cast<char>(c >= 'A' && c <= 'Z' ? c | 0x20 : c);
    if (unit != "bytes=") return wanted;
    std::vector<std::string_view> specs;
    for (const std::string_view piece : fuzz::split(field.substr(6), ',')) {
        const std::string_view spec = without_blanks(piece);
        if (spec.empty()) continue;
        if (!is_spec(spec)) return wanted;
        specs.push_back(spec);
    }
    if (specs.empty() || specs.size() > limits::ranges_max) return wanted;
    bool any = false, all = true, some_suffix = false;
    for (std::size_t i = 0; i < specs.size(); ++i) {
        some_suffix = some_suffix || (specs[i][0] == '-' && small_number(specs[i].substr(1)) > 0);
        for (std::size_t at = 0; at < size; ++at) {
            if (wanted.asked_first[at] == nobody && means(specs[i], at, size)) wanted.asked_first[at] = i;
        }
    }
    for (const std::size_t who : wanted.asked_first) {
        any = any || who != nobody;
        all = all && who != nobody;
    }
    // The last bytes of nothing are all of it; and several ranges that are the whole are answered as the whole.
    if (size == 0 && some_suffix) return wanted;
    if (any && all && specs.size() > 1) return wanted;
    wanted.outcome = any ? RangeOutcome::partial : RangeOutcome::unsatisfiable;
    return wanted;
}

void check(std::string_view field, std::size_t size) {
    RangeSet set;
    const RangeOutcome outcome = set.resolve(field, size);
    const Wanted wanted = reference(field, size);
    FS_ASSERT(outcome == wanted.outcome);
    if (outcome != RangeOutcome::partial) return;
    std::vector<bool> given(size, false);
    std::size_t last_asked = 0;
    for (const Slice& slice : set.slices()) {
        FS_ASSERT(slice.length > 0 && slice.offset <= size && slice.length <= size - slice.offset);
        std::size_t asked = nobody;
        for (std::size_t at = slice.offset; at < slice.offset + slice.length; ++at) {
            FS_ASSERT(!given[at] && wanted.asked_first[at] != nobody);  // no byte twice, and none that nobody asked for
            given[at] = true;
            asked = std::min(asked, wanted.asked_first[at]);
        }
        FS_ASSERT(asked >= last_asked);  // in the order asked
        last_asked = asked;
        FS_ASSERT(slice.offset == 0 || wanted.asked_first[slice.offset - 1] == nobody);  // touching ones are joined
    }
    for (std::size_t at = 0; at < size; ++at) FS_ASSERT(given[at] == (wanted.asked_first[at] != nobody));
}

/// Sizes that no table holds: nothing overflows, and an answer never becomes larger than the file.
void check_large(std::string_view field, std::uint64_t size) {
    RangeSet set;
    if (set.resolve(field, size) != RangeOutcome::partial) return;
    std::uint64_t bytes = 0;
    for (const Slice& slice : set.slices()) {
        FS_ASSERT(slice.length > 0 && slice.offset < size && slice.length <= size - slice.offset);
        FS_ASSERT(slice.length <= size - bytes);
        bytes += slice.length;
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view field = fuzz::as_text(data, size);
    for (const std::size_t length : {std::size_t{0}, std::size_t{1}, std::size_t{10}, table_bytes}) check(field, length);
    for (const std::uint64_t length : {std::uint64_t{1} << 32, ~std::uint64_t{0} >> 1, ~std::uint64_t{0}}) check_large(field, length);
    return 0;
}
