// SPDX-License-Identifier: MIT
// Digest fields (RFC 9530).
#include "http/digest_fields.hpp"

#include "base/assert.hpp"
#include "base/numbers.hpp"
#include "http/base64.hpp"
#include "http/dictionary.hpp"

#include <algorithm>
#include <optional>
#include <tuple>

namespace filesrv::http {
namespace {

constexpr std::uint64_t preference_max = 10;

std::optional<DigestAlgorithm> recognise_algorithm(std::string_view key) noexcept {
    for (const DigestAlgorithm algorithm : digest_algorithms) {
        if (key == name(algorithm)) return algorithm;
    }
    return std::nullopt;
}

/// 0 to 10; nothing for any other integer and for what is none.
std::optional<std::uint64_t> preference_of(const DictionaryMember& member) noexcept {
    if (member.kind != ItemKind::integer) return std::nullopt;
    const auto preference = parse_decimal(member.text == "-0" ? "0" : member.text);
    return preference && *preference <= preference_max ? preference : std::nullopt;
}

using Preferences = std::array<std::uint64_t, digest_algorithms.size()>;

/// Adds a line's preferences; false when the field is void.
bool add_preferences(std::string_view line, Preferences& out) noexcept {
    DictionaryReader reader(line);
    DictionaryMember member;
    for (;;) {
        const auto step = reader.next(member);
        if (step != DictionaryReader::Step::member) return step == DictionaryReader::Step::end;
        const auto algorithm = recognise_algorithm(member.key);
        if (!algorithm) continue;
        const auto preference = preference_of(member);
        if (!preference) return false;
        out[static_cast<std::size_t>(*algorithm)] = *preference;
    }
}

const Digest* find_false(const DigestSet& claimed, const DigestSet& real) noexcept {
    for (const DigestAlgorithm algorithm : digest_algorithms) {
        const Digest* claim = claimed.find(algorithm);
        if (claim == nullptr) continue;
        const Digest* truth = real.find(algorithm);
        FS_ASSERT(truth != nullptr);
        if (*claim != *truth) return claim;
    }
    return nullptr;
}

constexpr std::string_view malformed_repr =
    "The Repr-Digest is malformed: its members look like sha-256=:BASE64:, with commas between them.";
constexpr std::string_view malformed_content =
    "The Content-Digest is malformed: its members look like sha-256=:BASE64:, with commas between them.";
constexpr std::string_view wrong_repr = "The Repr-Digest holds a digest that has not the length of its algorithm's.";
constexpr std::string_view wrong_content =
    "The Content-Digest holds a digest that has not the length of its algorithm's.";

}  // namespace

bool DigestLines::add(std::string_view line) noexcept {
    DictionaryReader reader(line);
    DictionaryMember member;
    for (;;) {
        const auto step = reader.next(member);
        if (step != DictionaryReader::Step::member) return step == DictionaryReader::Step::end;
        const bool is_bytes = member.kind == ItemKind::bytes;
        Member read{.is_there = true};
        const auto length = is_bytes ? decode_base64(member.text, read.bytes) : std::nullopt;
        if (is_bytes && !length) return false;  // also of an algorithm not known here: it is not in base64
        const auto algorithm = recognise_algorithm(member.key);
        if (!algorithm) continue;
        read.is_digest = length == digest_size(*algorithm);
        members_[static_cast<std::size_t>(*algorithm)] = read;
    }
}

bool DigestLines::take(DigestSet& out) const noexcept {
    for (const DigestAlgorithm algorithm : digest_algorithms) {
        const Member& member = members_[static_cast<std::size_t>(algorithm)];
        if (!member.is_there) continue;
        if (!member.is_digest) return false;
        out.put(Digest(algorithm, std::span(member.bytes).first(digest_size(algorithm))));
    }
    return true;
}

DigestAlgorithms ClaimedDigests::algorithms() const noexcept {
    DigestAlgorithms all;
    for (const DigestAlgorithm algorithm : digest_algorithms) {
        if (repr.find(algorithm) != nullptr || content.find(algorithm) != nullptr) all.add(algorithm);
    }
    return all;
}

const Digest* ClaimedDigests::find_false(const DigestSet& real) const noexcept {
    const Digest* claim = http::find_false(repr, real);
    return claim != nullptr ? claim : http::find_false(content, real);
}

std::expected<ClaimedDigests, Reject> claimed_digests(const RequestHead& head) noexcept {
    ClaimedDigests claimed;
    for (const auto& [field, malformed, wrong, set] :
         {std::tuple(KnownField::repr_digest, malformed_repr, wrong_repr, &claimed.repr),
          std::tuple(KnownField::content_digest, malformed_content, wrong_content, &claimed.content)}) {
        DigestLines lines;
        bool is_good = true;
        head.for_each(field, [&](std::string_view line) { is_good = is_good && lines.add(line); });
        if (!is_good) return std::unexpected(Reject{.detail = malformed});
        if (!lines.take(*set)) return std::unexpected(Reject{.detail = wrong});
    }
    return claimed;
}

WantedDigests wanted_digests(const RequestHead& head, KnownField field) noexcept {
    FS_ASSERT(field == KnownField::want_repr_digest || field == KnownField::want_content_digest);
    Preferences preferences{};
    bool is_good = true;
    head.for_each(field, [&](std::string_view line) { is_good = is_good && add_preferences(line, preferences); });
    WantedDigests wanted;
    if (!is_good) return wanted;
    for (const DigestAlgorithm algorithm : digest_algorithms) {
        if (preferences[static_cast<std::size_t>(algorithm)] > 0) wanted.algorithms_[wanted.count_++] = algorithm;
    }
    // Not std::stable_sort: the library's own use of a deprecated buffer is a warning of clang's.
    std::sort(wanted.algorithms_.begin(), wanted.algorithms_.begin() + wanted.count_,
              [&](DigestAlgorithm a, DigestAlgorithm b) {
                  const auto of_a = preferences[static_cast<std::size_t>(a)], of_b = preferences[static_cast<std::size_t>(b)];
                  return of_a != of_b ? of_a > of_b : a < b;
              });
    return wanted;
}

std::string digest_member(const Digest& digest) {
    std::string member(name(digest.algorithm()));
    member += "=:";
    append_base64(member, digest.bytes());
    member += ':';
    return member;
}

std::string digest_line(KnownField field, const Digest& digest) {
    return std::string(name(field)).append(": ").append(digest_member(digest)).append("\r\n");
}

}  // namespace filesrv::http
