// SPDX-License-Identifier: MIT
// Conditional requests: the order of RFC 9110 §13.2.2, and the caution that writes deserve.
#include "http/preconditions.hpp"

#include "base/assert.hpp"
#include "http/date.hpp"
#include "http/etag.hpp"

namespace filesrv::http {
namespace {

bool any_of(const RequestHead& head) noexcept {
    return head.has(KnownField::if_match) || head.has(KnownField::if_none_match) ||
           head.has(KnownField::if_modified_since) || head.has(KnownField::if_unmodified_since);
}

/// Several lines of one field are one list (RFC 9110 §5.3).
bool join_lines(const RequestHead& head, KnownField field, std::string& out) {
    out.clear();
    bool found = false;
    head.for_each(field, [&](std::string_view value) {
        if (found) out.append(", ");
        out.append(value);
        found = true;
    });
    return found;
}

/// Dates are no lists: of two nobody could say which one counts.
void take_date(const RequestHead& head, KnownField field, std::string& out) {
    out.clear();
    if (head.count(field) == 1) out.assign(head.first(field));
}

TagList find_current(std::string_view list, const std::optional<EntityInfo>& current,
                     TagComparison comparison) noexcept {
    // A tag that no server gives, so that the list's form is judged even when there is nothing to compare
    // with.
    constexpr std::string_view nobody = "\"\"";
    if (current && !current->etag.empty()) return find_tag(list, current->etag, comparison);
    return find_tag(list, nobody, comparison) == TagList::malformed ? TagList::malformed : TagList::no_match;
}

/// RFC 9110 §13.1.1: strong comparison; a list that cannot be read holds nothing.
bool if_match_holds(const Conditions& conditions, const std::optional<EntityInfo>& current) noexcept {
    if (conditions.if_match == "*") return current.has_value();
    return find_current(conditions.if_match, current, TagComparison::strong) == TagList::match;
}

/// RFC 9110 §13.1.2: weak comparison.
bool if_none_match_holds(const Conditions& conditions, const std::optional<EntityInfo>& current,
                         bool is_read) noexcept {
    if (conditions.if_none_match == "*") return !current.has_value();
    switch (find_current(conditions.if_none_match, current, TagComparison::weak)) {
        case TagList::match: return false;
        case TagList::no_match: return true;
        case TagList::malformed: return is_read;
    }
    FS_UNREACHABLE("an outcome that is none");
}

/// True when the file was changed after the date; nothing when the field says nothing (absent, or no date).
std::optional<bool> changed_since(const std::string& date, const EntityInfo& current, WallTime now) noexcept {
    const auto since = parse_date(date, unix_seconds(now));
    if (!since) return std::nullopt;
    return unix_seconds(current.modified) > *since;
}

}  // namespace

void Conditions::extract(const RequestHead& head) {
    FS_ASSERT(head.state() == ParseState::complete);
    any = any_of(head);
    if (!any) return;
    has_if_match = join_lines(head, KnownField::if_match, if_match);
    has_if_none_match = join_lines(head, KnownField::if_none_match, if_none_match);
    take_date(head, KnownField::if_modified_since, if_modified_since);
    take_date(head, KnownField::if_unmodified_since, if_unmodified_since);
}

Verdict evaluate(const Conditions& conditions, const std::optional<EntityInfo>& current, bool is_get_or_head,
                 WallTime now) noexcept {
    if (!conditions.any) return Verdict::proceed;
    // Steps 1 and 2: If-Unmodified-Since is looked at only without If-Match.
    if (conditions.has_if_match) {
        if (!if_match_holds(conditions, current)) return Verdict::failed;
    } else if (current && changed_since(conditions.if_unmodified_since, *current, now).value_or(false)) {
        return Verdict::failed;
    }
    // Steps 3 and 4: likewise If-Modified-Since, and on reads alone.
    if (conditions.has_if_none_match) {
        if (if_none_match_holds(conditions, current, is_get_or_head)) return Verdict::proceed;
        return is_get_or_head ? Verdict::not_modified : Verdict::failed;
    }
    if (is_get_or_head && current &&
        !changed_since(conditions.if_modified_since, *current, now).value_or(true)) {
        return Verdict::not_modified;
    }
    return Verdict::proceed;
}

}  // namespace filesrv::http
