// SPDX-License-Identifier: MIT
// Any bytes as a request: the verdict may not depend on how they arrive, and what is accepted must keep its
// promises.
#include "fuzz.hpp"

#include "http/accept.hpp"
#include "http/host_policy.hpp"
#include "http/request.hpp"
#include "http/response_plan.hpp"

#include <algorithm>
#include <string>

using namespace filesrv;
using namespace filesrv::http;

namespace {

const EntityInfo entity{.size = 1000,
                        .modified = WallTime(std::chrono::seconds(784111777)),
                        .etag = "\"x\"",
                        .content_type = "text/plain"};
const WallTime now{std::chrono::seconds(1'800'000'000)};

void check_same(const RequestHead& a, const RequestHead& b) {
    FS_ASSERT(a.state() == b.state());
    if (a.state() == ParseState::rejected) FS_ASSERT(a.reject() == b.reject());
    if (a.state() != ParseState::complete) return;
    FS_ASSERT(a.size() == b.size() && a.field_count() == b.field_count() &&
              a.target_text() == b.target_text());
    for (std::size_t i = 0; i < a.field_count(); ++i) FS_ASSERT(a.field(i).value == b.field(i).value);
}

void check_split(std::string_view bytes, const RequestHead& whole) {
    RequestHead stepped;
    const std::size_t step = 1 + bytes.size() % 7;
    for (std::size_t size = 0; size < bytes.size(); size += step) (void)stepped.parse(bytes.substr(0, size));
    (void)stepped.parse(bytes);
    check_same(whole, stepped);
}

/// A path stays below its root, and its encoded form means the same again.
void check_target(const Target& target) {
    const std::string framed = "/" + target.path + "/";
    FS_ASSERT(framed.find("/../") == framed.npos && framed.find("/./") == framed.npos);
    FS_ASSERT(target.path.find('\0') == std::string::npos && !target.path.starts_with('/'));
    std::string encoded = "/";
    append_encoded_path(encoded, target.path);
    Target again;
    FS_ASSERT(!parse_target(encoded, again));
    FS_ASSERT(again.path == target.path);
}

void check_plan(const Request& request) {
    const ResponsePlan planned = plan(request, entity, now, {.multipart = true});
    std::uint64_t bytes = planned.is_multipart() ? 0 : planned.slice.length;
    if (planned.is_multipart()) {
        for (const Slice& slice : planned.ranges.slices()) bytes += slice.length;
    }
    FS_ASSERT(bytes <= entity.size);  // a Range never makes an answer larger
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view bytes = fuzz::as_text(data, size);
    RequestHead head;
    (void)head.parse(bytes);
    check_split(bytes, head);
    if (head.state() != ParseState::complete) return 0;
    FS_ASSERT(head.size() <= bytes.size());
    Request request;
    if (interpret(head, request)) return 0;
    FS_ASSERT(request.host.empty() <= !request.http_1_1);
    if (!request.target.asterisk) check_target(request.target);
    (void)check_host(request, {});
    (void)check_same_site(request);
    (void)check_upload(request);
    (void)prefers_json(head);
    (void)encoding_weight(head, "gzip");
    (void)evaluate(request.conditions, std::nullopt, false, now);
    if (request.method == Method::get || request.method == Method::head) check_plan(request);
    return 0;
}
