// SPDX-License-Identifier: MIT
// The decision on a GET or HEAD of something that exists.
#include "http/response_plan.hpp"

#include "base/assert.hpp"

namespace filesrv::http {
namespace {

/// RFC 9110 §13.2.2 step 5 and §14.2: a Range counts on GET alone, once, and only while If-Range holds.
bool range_counts(const RequestHead& head, const EntityInfo& entity, WallTime now) noexcept {
    if (!head.has(KnownField::range) || head.count(KnownField::range) != 1) return false;
    if (!head.has(KnownField::if_range)) return true;
    return head.count(KnownField::if_range) == 1 &&
           if_range_holds(head.first(KnownField::if_range), entity, now);
}

/// Changes a plan for the whole entity into one for its slices, where the field asks for any.
void take_ranges(ResponsePlan& plan, std::string_view field, PlanOptions options) noexcept {
    switch (plan.ranges.resolve(field, plan.size)) {
        case RangeOutcome::whole: return;
        case RangeOutcome::unsatisfiable:
            plan.status = Status::range_not_satisfiable;
            plan.slice = {};
            return;
        case RangeOutcome::partial: break;
    }
    const auto slices = plan.ranges.slices();
    FS_ASSERT(!slices.empty());
    if (slices.size() > 1 && !options.multipart) return;
    plan.status = Status::partial_content;
    plan.slice = slices.front();
    FS_ASSERT(plan.slice.length > 0 && plan.slice.offset + plan.slice.length <= plan.size);
}

}  // namespace

ResponsePlan plan(const Request& request, const EntityInfo& entity, WallTime now,
                  PlanOptions options) noexcept {
    FS_ASSERT(request.head != nullptr && (request.method == Method::get || request.method == Method::head));
    ResponsePlan plan;
    plan.size = entity.size;
    switch (evaluate(request.conditions, entity, true, now)) {
        case Verdict::failed: plan.status = Status::precondition_failed; return plan;
        case Verdict::not_modified: plan.status = Status::not_modified; return plan;
        case Verdict::proceed: break;
    }
    plan.slice = {.offset = 0, .length = entity.size};
    plan.send_body = request.method == Method::get;
    if (plan.send_body && range_counts(*request.head, entity, now)) {
        take_ranges(plan, request.head->first(KnownField::range), options);
    }
    return plan;
}

}  // namespace filesrv::http
