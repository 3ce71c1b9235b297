// SPDX-License-Identifier: MIT
// Digests of stored files: kept in extended attributes by the upload that computed them, found again, or computed.
//
// An attribute holds the file's mtime and size beside the digest. Whoever writes the file later changes its mtime, and
// the digest is then of no version that there is; a commit of ours replaces the file and its attributes with it. It is
// as trustworthy as the ETag, which is made of the same two (version.hpp), and like it the same for every filesrvd.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>

#include "base/digest.hpp"
#include "base/error.hpp"
#include "os/fd.hpp"
#include "store/entry.hpp"

namespace filesrv::store {

/// Files up to this size are read for a digest that nobody kept, where what is learned can stay in memory.
inline constexpr std::uint64_t hashed_bytes_max = 64 << 20;
/// Files up to this size are read for it each time anew: not dearer than sending them.
inline constexpr std::uint64_t quickly_hashed_bytes_max = 1 << 20;

/// Keeps the digests of an open file's content, for this version of it alone. Where there are no attributes nothing is
/// kept, and that is no error.
void keep_digests(os::Fd fd, const Version& version, const DigestSet& digests) noexcept;

/// What was kept for this very version.
[[nodiscard]] std::optional<Digest> kept_digest(os::Fd fd, const Version& version, DigestAlgorithm algorithm);

/// Reads a part of a file, like os::read_at(), which it is unless told otherwise.
using ReadPart = std::function<Result<std::size_t>(os::Fd, std::span<char> into, std::uint64_t offset)>;

/// What is known of an entry's content, or was kept with its file, which is then learned. May block: workers only.
[[nodiscard]] std::optional<Digest> recall_digest(const Entry& entry, DigestAlgorithm algorithm);

/// What computing would take. A `large` one takes a core for a good part of a second: not many at once.
enum class HashingCost : std::uint8_t { small, large, too_large };
[[nodiscard]] HashingCost hashing_cost(const Entry& entry) noexcept;

/// The digest of an entry's content that is not too large, by reading it. Learns it for the next time, in memory only.
/// Nothing: it could not be read, or changed meanwhile. Takes CPU time, and blocks where `read` does: workers only.
/// `buffer` is for reading.
[[nodiscard]] std::optional<Digest> compute_digest(const Entry& entry, DigestAlgorithm algorithm, std::span<char> buffer,
                                                   const ReadPart& read);

}  // namespace filesrv::store
