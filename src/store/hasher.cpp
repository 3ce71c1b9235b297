// SPDX-License-Identifier: MIT
// Digests of a stream of bytes, computed as they come.
#include "store/hasher.hpp"

#include <nettle/sha2.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <optional>
#include <utility>

#include "base/assert.hpp"

namespace filesrv::store {
namespace {

static_assert(SHA256_DIGEST_SIZE == digest_size(DigestAlgorithm::sha_256));
static_assert(SHA512_DIGEST_SIZE == digest_size(DigestAlgorithm::sha_512));

/// One bite for all algorithms: what the first has read is in the cache for the second.
constexpr std::size_t bite_bytes = 16 * 1024;

const std::uint8_t* as_octets(const char* bytes) noexcept { return reinterpret_cast<const std::uint8_t*>(bytes); }

}  // namespace

struct Hasher::State {
    std::optional<sha256_ctx> sha_256;
    std::optional<sha512_ctx> sha_512;
};

Hasher::Hasher(DigestAlgorithms algorithms) : state_(std::make_unique<State>()) {
    FS_ASSERT(!algorithms.empty());
    if (algorithms.contains(DigestAlgorithm::sha_256)) sha256_init(&state_->sha_256.emplace());
    if (algorithms.contains(DigestAlgorithm::sha_512)) sha512_init(&state_->sha_512.emplace());
}

Hasher::Hasher(Hasher&&) noexcept = default;
Hasher& Hasher::operator=(Hasher&&) noexcept = default;
Hasher::~Hasher() = default;

void Hasher::update(std::span<const char> bytes) noexcept {
    FS_ASSERT(state_ != nullptr);
    while (!bytes.empty()) {
        const auto bite = bytes.first(std::min(bytes.size(), bite_bytes));
        if (state_->sha_256) sha256_update(&*state_->sha_256, bite.size(), as_octets(bite.data()));
        if (state_->sha_512) sha512_update(&*state_->sha_512, bite.size(), as_octets(bite.data()));
        bytes = bytes.subspan(bite.size());
    }
}

DigestSet Hasher::finish() noexcept {
    FS_ASSERT(state_ != nullptr);
    const auto state = std::move(state_);
    DigestSet digests;
    if (state->sha_256) {
        std::array<std::uint8_t, SHA256_DIGEST_SIZE> bytes;
        sha256_digest(&*state->sha_256, bytes.size(), bytes.data());
        digests.put(Digest(DigestAlgorithm::sha_256, bytes));
    }
    if (state->sha_512) {
        std::array<std::uint8_t, SHA512_DIGEST_SIZE> bytes;
        sha512_digest(&*state->sha_512, bytes.size(), bytes.data());
        digests.put(Digest(DigestAlgorithm::sha_512, bytes));
    }
    return digests;
}

}  // namespace filesrv::store
