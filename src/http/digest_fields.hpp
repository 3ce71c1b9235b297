// SPDX-License-Identifier: MIT
// Digest fields (RFC 9530): what a client says of its body's digests, what it wants to be told, and how to tell it.
#pragma once

#include "base/digest.hpp"
#include "http/reject.hpp"
#include "http/request_head.hpp"

#include <array>
#include <cstddef>
#include <expected>
#include <span>
#include <string>
#include <string_view>

namespace filesrv::http {

/// What Repr-Digest and Content-Digest say of one body. Files are taken without codings, so that both mean the same
/// bytes and each member has to hold. Algorithms not known here are passed over (RFC 9530 §2, §3).
struct ClaimedDigests {
    DigestSet repr;
    DigestSet content;

    [[nodiscard]] bool empty() const noexcept { return repr.empty() && content.empty(); }
    /// Those that must be computed to judge it.
    [[nodiscard]] DigestAlgorithms algorithms() const noexcept;
    /// A claim that differs from what the bytes really have; null when all hold. `real` has all algorithms().
    [[nodiscard]] const Digest* find_false(const DigestSet& real) const noexcept;
};

/// 400 where a field is malformed, or a digest of a known algorithm has not its length.
[[nodiscard]] std::expected<ClaimedDigests, Reject> claimed_digests(const RequestHead& head) noexcept;

/// One line of a digest field, added to what earlier lines said: the last member of an algorithm counts.
class DigestLines {
public:
    /// False: malformed.
    [[nodiscard]] bool add(std::string_view line) noexcept;
    /// False: the member that counts is not a digest of its algorithm: another type, another length.
    [[nodiscard]] bool take(DigestSet& out) const noexcept;

private:
    struct Member {
        bool is_there = false;
        bool is_digest = false;
        std::array<std::uint8_t, digest_bytes_max> bytes{};
    };
    std::array<Member, digest_algorithms.size()> members_{};
};

/// Algorithms in the order in which they are wanted.
class WantedDigests {
public:
    /// A view into this object: never of a temporary.
    [[nodiscard]] std::span<const DigestAlgorithm> best_first() const& noexcept {
        return std::span(algorithms_).first(count_);
    }
    std::span<const DigestAlgorithm> best_first() const&& = delete;
    [[nodiscard]] bool empty() const noexcept { return count_ == 0; }

private:
    friend WantedDigests wanted_digests(const RequestHead& head, KnownField field) noexcept;
    std::array<DigestAlgorithm, digest_algorithms.size()> algorithms_{};
    std::size_t count_ = 0;
};

/// Of Want-Repr-Digest or Want-Content-Digest (RFC 9530 §4): from 10, most wanted, to 1; 0 is not wanted. Of equals
/// the cheaper comes first. A malformed field, or a preference out of bounds, is a wish for nothing (RFC 8941 §4.2).
[[nodiscard]] WantedDigests wanted_digests(const RequestHead& head, KnownField field) noexcept;

/// Whether the request asks for digests in its answer; for the fast path.
[[nodiscard]] inline bool wants_digests(const RequestHead& head) noexcept {
    return head.has(KnownField::want_repr_digest) || head.has(KnownField::want_content_digest);
}

/// `sha-256=:BASE64:`, one member of a digest field.
[[nodiscard]] std::string digest_member(const Digest& digest);

/// The whole line, `Repr-Digest: sha-256=:BASE64:` and its end.
[[nodiscard]] std::string digest_line(KnownField field, const Digest& digest);

}  // namespace filesrv::http
