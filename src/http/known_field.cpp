// SPDX-License-Identifier: MIT
// Known request fields: a perfect hash over length, first and last letter, found while compiling.
#include "http/known_field.hpp"

#include "base/assert.hpp"
#include "http/grammar.hpp"

#include <array>

namespace filesrv::http {
namespace {

/// By the value of KnownField.
constexpr std::array<std::string_view, known_field_count> field_names = {"Accept",
                                                                   "Accept-Encoding",
                                                                   "Authorization",
                                                                   "Connection",
                                                                   "Content-Digest",
                                                                   "Content-Encoding",
                                                                   "Content-Length",
                                                                   "Content-Range",
                                                                   "Content-Type",
                                                                   "Cookie",
                                                                   "Expect",
                                                                   "Host",
                                                                   "If-Match",
                                                                   "If-Modified-Since",
                                                                   "If-None-Match",
                                                                   "If-Range",
                                                                   "If-Unmodified-Since",
                                                                   "Keep-Alive",
                                                                   "Origin",
                                                                   "Range",
                                                                   "Referer",
                                                                   "Repr-Digest",
                                                                   "Sec-Fetch-Site",
                                                                   "TE",
                                                                   "Trailer",
                                                                   "Transfer-Encoding",
                                                                   "Upgrade",
                                                                   "User-Agent",
                                                                   "Want-Content-Digest",
                                                                   "Want-Repr-Digest",
                                                                   "X-Forwarded-For",
                                                                   ""};

constexpr std::size_t slot_count = 128;

struct HashTable {
    unsigned by_length = 0;
    unsigned by_first = 0;
    unsigned by_last = 0;
    std::array<KnownField, slot_count> slots{};

    [[nodiscard]] constexpr std::size_t slot_of(std::string_view text) const noexcept {
        // 0x20 makes letters lower; what it does to other characters does not matter, names are compared
        // afterwards.
        const auto first = static_cast<unsigned char>(text.front()) | 0x20u;
        const auto last = static_cast<unsigned char>(text.back()) | 0x20u;
        return (text.size() * by_length + first * by_first + last * by_last) % slot_count;
    }

    /// Fills the slots; false when two names meet.
    consteval bool fill() noexcept {
        slots.fill(KnownField::other);
        for (std::size_t i = 0; i + 1 < field_names.size(); ++i) {
            KnownField& slot = slots[slot_of(field_names[i])];
            if (slot != KnownField::other) return false;
            slot = static_cast<KnownField>(i);
        }
        return true;
    }
};

/// Tries small odd factors until no two names meet. Runs in the compiler alone; names for which there are no
/// such factors do not compile.
consteval HashTable find_perfect_hash() {
    HashTable table;
    for (table.by_length = 1; table.by_length < 32; table.by_length += 2) {
        for (table.by_first = 1; table.by_first < 32; table.by_first += 2) {
            for (table.by_last = 1; table.by_last < 32; table.by_last += 2) {
                if (table.fill()) return table;
            }
        }
    }
    throw "no perfect hash for these names: more slots are needed";
}

constexpr HashTable table = find_perfect_hash();

}  // namespace

KnownField recognise_field(std::string_view name) noexcept {
    if (name.empty()) return KnownField::other;
    const KnownField candidate = table.slots[table.slot_of(name)];
    if (candidate == KnownField::other) return candidate;
    return grammar::equals_ignoring_case(name, field_names[static_cast<std::size_t>(candidate)])
               ? candidate
               : KnownField::other;
}

std::string_view name(KnownField field) noexcept {
    const auto index = static_cast<std::size_t>(field);
    FS_ASSERT(index < field_names.size());
    return field_names[index];
}

}  // namespace filesrv::http
