// SPDX-License-Identifier: MIT
// Digest fields of answers (RFC 9530): which digest is told, and what of finding it is left to a worker.
#pragma once

#include <optional>
#include <string>

#include "base/digest.hpp"
#include "http/digest_fields.hpp"
#include "http/request.hpp"
#include "http/response_plan.hpp"
#include "store/entry.hpp"

namespace filesrv::serve {

class WorkerState;

/// Of a request that wants digests: whether the entry does not know them yet. Reading them, or hashing, is for a worker.
[[nodiscard]] bool needs_digest(const http::Request& request, const store::Entry& entry) noexcept;

/// The field lines that a 200 or 206 owes a request that wants digests: Repr-Digest is always of the whole file;
/// Content-Digest only where the content is that. Empty when nobody asked, and when no digest is known or cheap. In a
/// worker it may hash (store/file_digest.hpp), in the reactor it tells what the entry knows.
[[nodiscard]] std::string digest_lines(WorkerState& worker, const http::Request& request, const store::Entry& entry,
                                       const http::ResponsePlan& plan);

/// What an upload has computed while it received: all that its request claims, and the best of what it wants to be told.
[[nodiscard]] DigestAlgorithms upload_algorithms(const http::RequestHead& head, const http::ClaimedDigests& claimed) noexcept;

/// What its answer tells of them: the best of what was wanted, else all. A field's value; empty = nothing to tell.
[[nodiscard]] std::string told_digests(const http::RequestHead& head, const DigestSet& computed);

/// One sentence on a claim that does not hold; nothing when all do. `computed` has the algorithms of the claims.
[[nodiscard]] std::optional<std::string> mismatch(const http::ClaimedDigests& claimed, const DigestSet& computed);

}  // namespace filesrv::serve
