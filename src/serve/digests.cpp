// SPDX-License-Identifier: MIT
// Digest fields of answers (RFC 9530).
#include "serve/digests.hpp"

#include "base/assert.hpp"
#include "os/file.hpp"
#include "serve/server.hpp"
#include "serve/worker_state.hpp"
#include "store/file_digest.hpp"
#include "store/store.hpp"

namespace filesrv::serve {
namespace {

using http::KnownField;

/// Hashing is computing, and only a read that has to wait for the disk makes room for another worker.
Result<std::size_t> read_part(WorkerState& worker, os::Fd fd, std::span<char> into, std::uint64_t offset) {
    if (store::in_page_cache(fd, offset, into.size())) return os::read_at(fd, into, offset);
    const BlockingMark mark(worker.worker);
    return os::read_at(fd, into, offset);
}

std::optional<Digest> find_digest(WorkerState& worker, const store::Entry& entry, DigestAlgorithm algorithm) {
    if (const Digest* known = entry.digests.find(algorithm)) return *known;
    if (worker.is_reactor()) return std::nullopt;
    {
        const BlockingMark mark(worker.worker);
        if (auto kept = store::recall_digest(entry, algorithm)) return kept;
    }
    const store::HashingCost cost = store::hashing_cost(entry);
    if (cost == store::HashingCost::too_large) return std::nullopt;
    // The pool does not grow for who computes, so others would wait for these; and the field is only a wish.
    Seats::Seat seat;
    if (cost == store::HashingCost::large && !(seat = worker.server.hashing_seats().take())) return std::nullopt;
    // Not the receive buffer: the request itself may lie there.
    return store::compute_digest(entry, algorithm, worker.body_buffer(),
                                 [&worker](os::Fd fd, std::span<char> into, std::uint64_t offset) {
                                     return read_part(worker, fd, into, offset);
                                 });
}

void append_line(std::string& lines, WorkerState& worker, const store::Entry& entry, const http::WantedDigests& wanted,
                 KnownField field) {
    for (const DigestAlgorithm algorithm : wanted.best_first()) {
        const auto digest = find_digest(worker, entry, algorithm);
        if (!digest) continue;
        FS_ASSERT(digest->algorithm() == algorithm);
        lines += http::digest_line(field, *digest);
        return;
    }
}

bool knows_best(const store::Entry& entry, const http::WantedDigests& wanted) noexcept {
    return wanted.empty() || entry.digests.find(wanted.best_first().front()) != nullptr;
}

}  // namespace

bool needs_digest(const http::Request& request, const store::Entry& entry) noexcept {
    const http::RequestHead& head = *request.head;
    FS_ASSERT(http::wants_digests(head));
    return !knows_best(entry, http::wanted_digests(head, KnownField::want_repr_digest)) ||
           !knows_best(entry, http::wanted_digests(head, KnownField::want_content_digest));
}

std::string digest_lines(WorkerState& worker, const http::Request& request, const store::Entry& entry,
                         const http::ResponsePlan& plan) {
    std::string lines;
    const http::RequestHead& head = *request.head;
    if (!http::wants_digests(head) || plan.status == http::Status::not_modified) return lines;
    FS_ASSERT(plan.status == http::Status::ok || plan.status == http::Status::partial_content);
    append_line(lines, worker, entry, http::wanted_digests(head, KnownField::want_repr_digest), KnownField::repr_digest);
    // Of a part, or of the nothing that a HEAD is answered with, it would be another digest (RFC 9530 appendix B.2).
    if (plan.status != http::Status::ok || !plan.send_body) return lines;
    append_line(lines, worker, entry, http::wanted_digests(head, KnownField::want_content_digest), KnownField::content_digest);
    return lines;
}

DigestAlgorithms upload_algorithms(const http::RequestHead& head, const http::ClaimedDigests& claimed) noexcept {
    DigestAlgorithms algorithms = claimed.algorithms();
    const auto wanted = http::wanted_digests(head, KnownField::want_repr_digest);
    if (!wanted.empty()) algorithms.add(wanted.best_first().front());
    return algorithms;
}

std::string told_digests(const http::RequestHead& head, const DigestSet& computed) {
    const auto wanted = http::wanted_digests(head, KnownField::want_repr_digest);
    if (!wanted.empty()) {
        const Digest* best = computed.find(wanted.best_first().front());
        FS_ASSERT(best != nullptr);
        return http::digest_member(*best);
    }
    std::string told;
    for (const DigestAlgorithm algorithm : digest_algorithms) {
        const Digest* digest = computed.find(algorithm);
        if (digest == nullptr) continue;
        if (!told.empty()) told += ", ";
        told += http::digest_member(*digest);
    }
    return told;
}

std::optional<std::string> mismatch(const http::ClaimedDigests& claimed, const DigestSet& computed) {
    const Digest* claim = claimed.find_false(computed);
    if (claim == nullptr) return std::nullopt;
    const Digest* real = computed.find(claim->algorithm());
    FS_ASSERT(real != nullptr);
    return std::string("The ").append(name(claim->algorithm())).append(" of what came is not what the request says: expected ")
        .append(http::digest_member(*claim)).append(", got ").append(http::digest_member(*real)).append(".");
}

}  // namespace filesrv::serve
