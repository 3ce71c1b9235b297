// SPDX-License-Identifier: MIT
// Few edits: a request that is wrong in one place gets further into the server than one that is noise.
#include "mutator.hpp"

#include "token_edits.hpp"

namespace filesrv::mutate {
namespace {

constexpr std::size_t edits_max = 8;

std::size_t some_count(Random& random) {
    std::size_t count = 1;
    if (random.one_in(2)) return count;
    while (count < edits_max && !random.one_in(3)) ++count;
    return count;
}

}  // namespace

Mutator::Mutator(const Sources& sources, std::uint64_t seed) noexcept : sources_(sources), seed_(seed) {
    FS_ASSERT(!sources.seeds.empty());
}

std::string Mutator::make(std::uint64_t number) const {
    if (number < sources_.seeds.size()) return sources_.seeds[static_cast<std::size_t>(number)];
    // Neighbouring numbers must not give neighbouring sequences, so the number is mixed in by a draw of its
    // own.
    Random random(Random(seed_).next() ^ Random(number).next());
    std::string request = mutated(random);
    if (random.one_in(8)) request += random.one_in(2) ? random.pick(sources_.seeds) : mutated(random);
    if (request.size() > request_bytes_max) request.resize(request_bytes_max);
    if (request.empty()) request = "\r\n";
    FS_ASSERT(request.size() <= request_bytes_max);
    return request;
}

std::string Mutator::mutated(Random& random) const {
    std::string request = random.pick(sources_.seeds);
    for (std::size_t count = some_count(random); count > 0; --count) {
        const auto edits = random.one_in(3) ? byte_edits() : token_edits();
        random.pick(edits)(request, random, sources_);
        FS_ASSERT(request.size() <= 4 * request_bytes_max);
    }
    return request;
}

}  // namespace filesrv::mutate
