// SPDX-License-Identifier: MIT
// What the lifetime counters are called in JSON: for their own file, and as a part of a snapshot.
#pragma once

#include "observe/json_members.hpp"
#include "observe/lifetime.hpp"

namespace filesrv::observe {

inline void describe(const auto& member, Of<ColdStarts> auto& cold) {
    member("count", cold.count);
    member("total_us", cold.total_us);
    member("last_us", cold.last_us);
    member("longest_us", cold.longest_us);
}

inline void describe(const auto& member, Of<RequestCount> auto& requests) {
    member("method", requests.method);
    member("code", requests.code);
    member("count", requests.count);
}

inline void describe(const auto& member, Of<Lifetime> auto& lifetime) {
    member("requests", lifetime.requests);
    member("by", lifetime.by);
    member("bytes_received", lifetime.bytes_received);
    member("bytes_sent", lifetime.bytes_sent);
    member("uploads", lifetime.uploads);
    member("errors", lifetime.errors);
    member("starts", lifetime.starts);
    member("cold_starts", lifetime.cold_starts);
    member.nested("last_exit", [&](const auto& inner) {
        inner("time", lifetime.last_exit_s);
        inner("reason", lifetime.last_exit_reason);
    });
}

}  // namespace filesrv::observe
