// SPDX-License-Identifier: MIT
// What it takes to decide on an answer, from a request that is understood: plainly, by validators, by ranges.
#include <benchmark/benchmark.h>

#include <string>

#include "base/assert.hpp"
#include "http/request.hpp"
#include "http/response_plan.hpp"

namespace {

using namespace filesrv;
using namespace filesrv::http;

const WallTime now{std::chrono::seconds(1'800'000'000)};
const EntityInfo entity{.size = 1 << 20,
                        .modified = WallTime(std::chrono::seconds(784'111'777)),
                        .etag = "\"x\"",
                        .content_type = "text/plain"};

void plan_answer(benchmark::State& state, const char* field, Status expected) {
    const std::string bytes = std::string("GET /a.txt HTTP/1.1\r\nHost: localhost\r\n") + field + "\r\n";
    RequestHead head;
    FS_ASSERT(head.parse(bytes) == ParseState::complete);
    Request request;
    FS_ASSERT(!interpret(head, request));
    for (auto _ : state) {
        const ResponsePlan planned = plan(request, entity, now, {.multipart = true});
        FS_ASSERT(planned.status == expected);
    }
}
BENCHMARK_CAPTURE(plan_answer, plain, "", Status::ok);
BENCHMARK_CAPTURE(plan_answer, if_none_match, "If-None-Match: \"y\", \"x\"\r\n", Status::not_modified);
BENCHMARK_CAPTURE(plan_answer, if_modified_since, "If-Modified-Since: Sun, 06 Nov 1994 08:49:37 GMT\r\n", Status::not_modified);
BENCHMARK_CAPTURE(plan_answer, one_range, "Range: bytes=1000-1999\r\n", Status::partial_content);
BENCHMARK_CAPTURE(plan_answer, five_ranges, "Range: bytes=0-9,1000-1009,5000-5009,90000-90009,-10\r\n", Status::partial_content);

}  // namespace
