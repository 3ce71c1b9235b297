// SPDX-License-Identifier: MIT
// Entity tags (RFC 9110 §8.8.3): how a file's version becomes one, and how lists of them compare.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace filesrv::http {

/// Which bytes a file holds. No inode: replicas on other machines would differ.
struct Version {
    std::int64_t mtime_ns = 0;
    std::uint64_t size = 0;  ///< bytes
    bool weak = false;       ///< other bytes may bear the same time and size
};

/// `"<hex mtime>-<hex size>"`, with W/ before it when weak. `variant`, at most 3 characters of a tag, follows as `-gz` and
/// tells apart what one address sends in several codings, even where time and size coincide.
class EtagText {
public:
    explicit EtagText(const Version& version, std::string_view variant = {}) noexcept;
    [[nodiscard]] std::string_view view() const noexcept { return {chars_.data(), size_}; }

private:
    std::array<char, 44> chars_;
    std::uint8_t size_ = 0;
};

enum class TagComparison : std::uint8_t { strong, weak };

/// A well-formed tag, W/ or not.
[[nodiscard]] bool is_etag(std::string_view text) noexcept;

/// RFC 9110 §8.8.3.2: strong = equal and neither weak; weak = equal but for W/.
[[nodiscard]] bool same_tag(std::string_view a, std::string_view b, TagComparison comparison) noexcept;

enum class TagList : std::uint8_t { no_match, match, malformed };

/// Whether a list of tags (If-Match, If-None-Match) holds `etag`. `*` is the caller's; in a longer list it is
/// malformed. Empty elements are skipped (RFC 9110 §5.6.1.2). A match before the malformed part is still
/// malformed.
[[nodiscard]] TagList find_tag(std::string_view list, std::string_view etag,
                               TagComparison comparison) noexcept;

}  // namespace filesrv::http
