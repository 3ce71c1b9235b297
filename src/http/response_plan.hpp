// SPDX-License-Identifier: MIT
// The decision on a GET or HEAD of something that exists: status, slices and fields, from plain data alone.
#pragma once

#include "http/range.hpp"
#include "http/request.hpp"
#include "http/status.hpp"

#include <cstdint>

namespace filesrv::http {

/// What to answer. Knows nothing of sockets or of the file's whereabouts.
struct ResponsePlan {
    Status status = Status::ok;  ///< 200, 206, 304, 412 or 416
    bool send_body = false;      ///< false for HEAD, and for 304
    std::uint64_t size = 0;      ///< of the whole entity, bytes (Content-Range)
    Slice slice;      ///< 200, 206: what goes out, or would to a GET; its length is the Content-Length
    RangeSet ranges;  ///< several slices only with PlanOptions::multipart; then 206 is multipart/byteranges

    [[nodiscard]] bool is_multipart() const noexcept {
        return status == Status::partial_content && ranges.slices().size() > 1;
    }
};

struct PlanOptions {
    bool multipart =
        false;  ///< the caller can send multipart/byteranges; else several ranges get the whole entity
};

/// Preconditions first, then ranges (GET only). `now` is the wall clock's time.
[[nodiscard]] ResponsePlan plan(const Request& request, const EntityInfo& entity, WallTime now,
                                PlanOptions options = {}) noexcept;

}  // namespace filesrv::http
