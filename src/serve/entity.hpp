// SPDX-License-Identifier: MIT
// A stored file as HTTP sees it: the one place where the store's words become those of http.
#pragma once

#include <optional>
#include <string>

#include "http/content_coding.hpp"
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
/// With a coding the entry stands for the file whose name lacks the coding's ending: that one's type, its own all else.
class EntityFacts {
public:
    EntityFacts(const store::Entry& entry, WallTime now, const http::EntityFieldPolicy& policy,
                http::Coding coding = http::Coding::identity);
    EntityFacts(const EntityFacts&) = delete;
    EntityFacts& operator=(const EntityFacts&) = delete;

    [[nodiscard]] const http::EntityInfo& info() const noexcept { return info_; }
    [[nodiscard]] const http::EntityBlock& block() const noexcept { return block_; }
    /// The value of Vary; empty = no such field.
    [[nodiscard]] std::string_view vary() const noexcept { return vary_; }

private:
    std::string_view vary_;
    http::EtagText tag_;
    http::EntityInfo info_;
    http::EntityBlock block_;
};

/// What the settings say of every entity's fields. A view of `cache_control` is kept.
[[nodiscard]] http::EntityFieldPolicy entity_policy_of(std::string_view cache_control, bool precompressed) noexcept;

/// Sets the heads that an entry keeps, the one for sending it in another file's place only where that can happen.
void set_ready_heads(store::Entry& entry, const http::EntityFieldPolicy& policy);

/// A ready head: an entry's field lines with Content-Length, for a plain 200. Empty for a folder.
[[nodiscard]] std::string ready_head(const store::Entry& entry, const http::EntityFieldPolicy& policy,
                                     http::Coding coding = http::Coding::identity);

/// The guard of a change: the request's conditions against what is there. Keeps a copy of them.
[[nodiscard]] store::Guard guard_of(const http::Request& request);

}  // namespace filesrv::serve
