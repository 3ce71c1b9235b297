// SPDX-License-Identifier: MIT
// Digests of stored files: kept in extended attributes by the upload that computed them, found again, or computed.
#include "store/file_digest.hpp"

#include <algorithm>
#include <array>
#include <cstdio>
#include <string_view>

#include "base/assert.hpp"
#include "base/numbers.hpp"
#include "os/file.hpp"
#include "os/stat.hpp"
#include "store/hasher.hpp"

namespace filesrv::store {
namespace {

/// mtime, size and the digest in hexadecimal, with blanks between: read by nodes of any byte order.
using Text = std::array<char, 48 + 2 * digest_bytes_max>;

const char* attribute_name(DigestAlgorithm algorithm) noexcept {
    return algorithm == DigestAlgorithm::sha_256 ? "user.filesrv.sha-256" : "user.filesrv.sha-512";
}

std::string_view format_version(Text& into, const Version& version) noexcept {
    const int length = std::snprintf(into.data(), into.size(), "%lld %llu ", static_cast<long long>(version.mtime_ns),
                                     static_cast<unsigned long long>(version.size));
    FS_ASSERT(length > 0 && static_cast<std::size_t>(length) + 2 * digest_bytes_max <= into.size());
    return {into.data(), static_cast<std::size_t>(length)};
}

std::string_view format_digest(Text& into, const Version& version, const Digest& digest) noexcept {
    constexpr std::string_view digits = "0123456789abcdef";
    std::size_t length = format_version(into, version).size();
    for (const std::uint8_t byte : digest.bytes()) {
        into[length++] = digits[byte >> 4];
        into[length++] = digits[byte & 15];
    }
    return {into.data(), length};
}

std::optional<Digest> parse_digest(DigestAlgorithm algorithm, std::string_view digits) noexcept {
    std::array<std::uint8_t, digest_bytes_max> bytes;
    const std::size_t size = digest_size(algorithm);
    if (digits.size() != 2 * size) return std::nullopt;
    for (std::size_t i = 0; i < size; ++i) {
        const int high = hex_digit(digits[2 * i]);
        const int low = hex_digit(digits[2 * i + 1]);
        if (high < 0 || low < 0) return std::nullopt;
        bytes[i] = static_cast<std::uint8_t>(high << 4 | low);
    }
    return Digest(algorithm, std::span(bytes).first(size));
}

/// Reads the content to its end. Nothing: it could not be read, or there is less of it.
std::optional<DigestSet> hash_content(const Entry& entry, Hasher hasher, std::span<char> buffer, const ReadPart& read) {
    std::uint64_t done = 0;
    while (done < entry.size()) {
        const auto room = buffer.first(static_cast<std::size_t>(std::min<std::uint64_t>(buffer.size(), entry.size() - done)));
        const auto count = read(entry.fd.get(), room, done);
        if (!count || *count == 0) return std::nullopt;
        FS_ASSERT(*count <= room.size());
        hasher.update(room.first(*count));
        done += *count;
    }
    return hasher.finish();
}

/// What is in memory is hashed there. Of a file the descriptor is read from which it will be sent.
std::optional<DigestSet> hash(const Entry& entry, DigestAlgorithm algorithm, std::span<char> buffer, const ReadPart& read) {
    DigestAlgorithms algorithms;
    algorithms.add(algorithm);
    Hasher hasher(algorithms);
    if (entry.in_memory) {
        hasher.update(entry.body);
        return hasher.finish();
    }
    auto digests = hash_content(entry, std::move(hasher), buffer, read);
    const auto stat = os::stat_fd(entry.fd.get());
    // Two versions in one: the digest would be of neither.
    if (!stat || stat->mtime_ns != entry.stat.mtime_ns || stat->size != entry.stat.size) return std::nullopt;
    return digests;
}

}  // namespace

void keep_digests(os::Fd fd, const Version& version, const DigestSet& digests) noexcept {
    FS_ASSERT(!version.weak);
    for (const DigestAlgorithm algorithm : digest_algorithms) {
        const Digest* digest = digests.find(algorithm);
        if (digest == nullptr) continue;
        Text text;
        // Not kept is only not known: it is computed again, or left out.
        (void)os::set_attribute(fd, attribute_name(algorithm), format_digest(text, version, *digest));
    }
}

std::optional<Digest> kept_digest(os::Fd fd, const Version& version, DigestAlgorithm algorithm) {
    Text found;
    const auto length = os::get_attribute(fd, attribute_name(algorithm), found);
    if (!length) return std::nullopt;
    std::string_view text(found.data(), *length);
    Text expected;
    const std::string_view beginning = format_version(expected, version);
    if (!text.starts_with(beginning)) return std::nullopt;
    return parse_digest(algorithm, text.substr(beginning.size()));
}

std::optional<Digest> recall_digest(const Entry& entry, DigestAlgorithm algorithm) {
    FS_ASSERT(entry.kind == Kind::file);
    if (const Digest* known = entry.digests.find(algorithm)) return *known;
    if (entry.in_memory) return std::nullopt;  // hashed sooner than asked for
    auto kept = kept_digest(entry.fd.get(), entry.version, algorithm);
    if (kept) entry.digests.keep(*kept);
    return kept;
}

HashingCost hashing_cost(const Entry& entry) noexcept {
    FS_ASSERT(entry.kind == Kind::file);
    if (entry.size() <= quickly_hashed_bytes_max) return HashingCost::small;
    // What is opened anew for each request forgets what it has learned: whoever asks again and again would be a burden.
    return entry.keepable && entry.size() <= hashed_bytes_max ? HashingCost::large : HashingCost::too_large;
}

std::optional<Digest> compute_digest(const Entry& entry, DigestAlgorithm algorithm, std::span<char> buffer,
                                     const ReadPart& read) {
    FS_ASSERT(hashing_cost(entry) != HashingCost::too_large && !buffer.empty());
    const auto hashed = hash(entry, algorithm, buffer, read);
    const Digest* found = hashed ? hashed->find(algorithm) : nullptr;
    if (found == nullptr) return std::nullopt;
    entry.digests.keep(*found);
    return *found;
}

}  // namespace filesrv::store
