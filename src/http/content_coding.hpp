// SPDX-License-Identifier: MIT
// The content codings in which a file may lie compressed beside itself (RFC 9110 §8.4.1, RFC 7932, RFC 8878), and which of
// them a client takes (RFC 9110 §12.5.3).
#pragma once

#include "http/request_head.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace filesrv::http {

/// In the order in which equals are tried: what is usually smallest first.
enum class Coding : std::uint8_t { identity, zstd, br, gzip };

inline constexpr std::array encoded_codings = {Coding::zstd, Coding::br, Coding::gzip};

/// Its name in Content-Encoding and Accept-Encoding; "" for identity, which is never named in an answer.
[[nodiscard]] std::string_view coding_name(Coding coding) noexcept;

/// How the name of a file so encoded ends, dot included: ".zst", ".br", ".gz"; "" for identity.
[[nodiscard]] std::string_view coding_suffix(Coding coding) noexcept;

/// The longest of these endings.
inline constexpr std::size_t coding_suffix_max = 4;

/// The coding that the end of a file's name tells. `.gz` alone is a name without an ending, so identity.
[[nodiscard]] Coding coding_of_name(std::string_view file_name) noexcept;

/// The codings to try, the best first; when none of them is there, identity is sent, wanted or not.
class WantedCodings {
public:
    [[nodiscard]] const Coding* begin() const noexcept { return codings_.data(); }
    [[nodiscard]] const Coding* end() const noexcept { return codings_.data() + count_; }

    void add(Coding coding) noexcept;

private:
    std::array<Coding, encoded_codings.size()> codings_{};
    std::uint8_t count_ = 0;
};

/// Those with a weight above 0 that is not below identity's, by weight. None without an Accept-Encoding field: a client
/// that says nothing may be one that cannot decode.
[[nodiscard]] WantedCodings wanted_codings(const RequestHead& head) noexcept;

}  // namespace filesrv::http
