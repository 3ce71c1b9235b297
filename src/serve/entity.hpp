// SPDX-License-Identifier: MIT
// A stored file as HTTP sees it: the one place where the store's words become those of http.
#pragma once

#include <optional>
#include <string>

#include "http/etag.hpp"
#include "http/preconditions.hpp"
#include "http/request.hpp"
#include "http/response_head.hpp"
#include "store/entry.hpp"
#include "store/upload.hpp"

namespace filesrv::serve {

[[nodiscard]] inline http::Version http_version_of(const store::Version& version) noexcept {
    return {.mtime_ns = version.mtime_ns, .size = version.size, .weak = version.weak};
}

[[nodiscard]] inline WallTime wall_time_of(std::int64_t mtime_ns) noexcept { return WallTime(Duration(mtime_ns)); }

/// Size, tag, type and time of one entry, with its field lines. Views into the entry and into itself: does not move.
class EntityFacts {
public:
    EntityFacts(const store::Entry& entry, WallTime now, const http::EntityFieldPolicy& policy);
    EntityFacts(const EntityFacts&) = delete;
    EntityFacts& operator=(const EntityFacts&) = delete;

    [[nodiscard]] const http::EntityInfo& info() const noexcept { return info_; }
    [[nodiscard]] const http::EntityBlock& block() const noexcept { return block_; }

private:
    http::EtagText tag_;
    http::EntityInfo info_;
    http::EntityBlock block_;
};

/// What an entry keeps as its ready head: its field lines with Content-Length, for a plain 200.
[[nodiscard]] std::string ready_head(const store::Entry& entry, const http::EntityFieldPolicy& policy);

/// The guard of a change: the request's conditions against what is there. Keeps a copy of them.
[[nodiscard]] store::Guard guard_of(const http::Request& request);

}  // namespace filesrv::serve
