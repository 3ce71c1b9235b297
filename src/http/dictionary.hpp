// SPDX-License-Identifier: MIT
// Dictionaries of structured fields (RFC 8941 §3.2), member by member. Copies nothing.
#pragma once

#include <cstdint>
#include <string_view>

namespace filesrv::http {

enum class ItemKind : std::uint8_t { boolean, integer, decimal, string, token, bytes, inner_list };

struct DictionaryMember {
    std::string_view key;
    ItemKind kind = ItemKind::boolean;  ///< a key alone is a boolean, too
    std::string_view text;              ///< the bare item as sent; of bytes what stands between the colons
};

/// Reads one field line. Lines of one field are one dictionary: read them in turn. Later members of one key
/// replace earlier ones, which is the caller's to do. Parameters are checked and passed over.
class DictionaryReader {
public:
    enum class Step : std::uint8_t { member, end, malformed };

    explicit DictionaryReader(std::string_view line) noexcept;

    /// After `malformed` nothing that was read before may be used, either (RFC 8941 §4.2).
    [[nodiscard]] Step next(DictionaryMember& out) noexcept;

private:
    std::string_view rest_;
    bool is_first_ = true;
};

}  // namespace filesrv::http
