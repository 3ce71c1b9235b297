// SPDX-License-Identifier: MIT
// A stored file as HTTP sees it.
#include "serve/entity.hpp"

#include "base/assert.hpp"
#include "http/media_type.hpp"
#include "os/clock.hpp"
#include "store/path.hpp"

namespace filesrv::serve {

EntityFacts::EntityFacts(const store::Entry& entry, WallTime now, const http::EntityFieldPolicy& policy)
    : tag_(http_version_of(entry.version)),
      info_{.size = entry.size(),
            .modified = wall_time_of(entry.version.mtime_ns),
            .etag = tag_.view(),
            .content_type = http::media_type(store::name_of(entry.path))} {
    FS_ASSERT(entry.kind == store::Kind::file);
    block_.build(info_, policy, now);
}

std::string ready_head(const store::Entry& entry, const http::EntityFieldPolicy& policy) {
    if (entry.kind != store::Kind::file) return {};
    const EntityFacts facts(entry, os::wall_now(), policy);
    std::string head(facts.block().full());
    return head.append("Content-Length: ").append(std::to_string(entry.size())).append("\r\n");
}

namespace {

bool conditions_hold(const http::Conditions& conditions, const std::optional<store::Version>& current, WallTime now) {
    if (!current) return http::evaluate(conditions, std::nullopt, false, now) == http::Verdict::proceed;
    const http::EtagText tag(http_version_of(*current));
    const http::EntityInfo info{
        .size = current->size, .modified = wall_time_of(current->mtime_ns), .etag = tag.view(), .content_type = {}};
    return http::evaluate(conditions, info, false, now) == http::Verdict::proceed;
}

}  // namespace

store::Guard guard_of(const http::Request& request) {
    if (!request.conditions.any) return {};
    return [conditions = request.conditions](const std::optional<store::VersionInfo>& current) {
        return conditions_hold(conditions, current, os::wall_now()) ? store::GuardVerdict::allow
                                                                    : store::GuardVerdict::refuse;
    };
}

}  // namespace filesrv::serve
