// SPDX-License-Identifier: MIT
// A stored file as HTTP sees it.
#include "serve/entity.hpp"

#include "base/assert.hpp"
#include "http/media_type.hpp"
#include "os/clock.hpp"
#include "store/path.hpp"

namespace filesrv::serve {

namespace {

/// What distinguishes the tags of one address: its coding's ending without the dot.
std::string_view tag_variant(http::Coding coding) noexcept {
    std::string_view suffix = http::coding_suffix(coding);
    if (!suffix.empty()) suffix.remove_prefix(1);
    return suffix;
}

/// The name by which the file is asked for.
std::string_view name_without_suffix(const store::Entry& entry, http::Coding coding) noexcept {
    std::string_view name = store::name_of(entry.path);
    FS_ASSERT(name.ends_with(http::coding_suffix(coding)));
    name.remove_suffix(http::coding_suffix(coding).size());
    return name;
}

/// What is compressed already has no compressed siblings, so its answer is the same for everybody.
std::string_view vary_of(const store::Entry& entry, const http::EntityFieldPolicy& policy, http::Coding coding) noexcept {
    const bool has_choice = coding != http::Coding::identity || http::coding_of_name(store::name_of(entry.path)) == coding;
    return has_choice ? policy.vary : std::string_view();
}

}  // namespace

EntityFacts::EntityFacts(const store::Entry& entry, WallTime now, const http::EntityFieldPolicy& policy,
                         http::Coding coding)
    : vary_(vary_of(entry, policy, coding)),
      tag_(http_version_of(entry.version), tag_variant(coding)),
      info_{.size = entry.size(),
            .modified = wall_time_of(entry.version.mtime_ns),
            .etag = tag_.view(),
            .content_type = http::media_type(name_without_suffix(entry, coding))} {
    FS_ASSERT(entry.kind == store::Kind::file);
    block_.build(info_, {.cache_control = policy.cache_control, .vary = vary_, .content_encoding = http::coding_name(coding)},
                 now);
}

http::EntityFieldPolicy entity_policy_of(std::string_view cache_control, bool precompressed) noexcept {
    return {.cache_control = cache_control, .vary = precompressed ? "Accept-Encoding" : "", .content_encoding = {}};
}

void set_ready_heads(store::Entry& entry, const http::EntityFieldPolicy& policy) {
    entry.head = ready_head(entry, policy);
    const bool siblings_count = !policy.vary.empty();
    const http::Coding coding = siblings_count ? http::coding_of_name(store::name_of(entry.path)) : http::Coding::identity;
    if (coding != http::Coding::identity) entry.sibling_head = ready_head(entry, policy, coding);
}

std::string ready_head(const store::Entry& entry, const http::EntityFieldPolicy& policy, http::Coding coding) {
    if (entry.kind != store::Kind::file) return {};
    const EntityFacts facts(entry, os::wall_now(), policy, coding);
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
