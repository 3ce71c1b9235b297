// SPDX-License-Identifier: MIT
// What it takes to read one request: the head alone, its meaning, and a head that comes in many pieces.
#include <benchmark/benchmark.h>

#include <string_view>

#include "base/assert.hpp"
#include "http/request.hpp"

namespace {

using namespace filesrv::http;

// As curl, wrk and a browser send it: two, three and thirteen fields.
constexpr std::string_view plain_head = "GET /a.txt HTTP/1.1\r\nHost: localhost:8080\r\n\r\n";
constexpr std::string_view curl_head =
    "GET /folder/a.txt HTTP/1.1\r\nHost: localhost:8080\r\nUser-Agent: curl/7.88.1\r\nAccept: */*\r\n\r\n";
constexpr std::string_view browser_head =
    "GET /photos/2024/summer/IMG_0815.jpg HTTP/1.1\r\nHost: localhost:8080\r\nConnection: keep-alive\r\n"
    "User-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36\r\n"
    "Accept: image/avif,image/webp,image/apng,image/svg+xml,image/*,*/*;q=0.8\r\nSec-Fetch-Site: same-origin\r\n"
    "Sec-Fetch-Mode: no-cors\r\nSec-Fetch-Dest: image\r\nReferer: http://localhost:8080/photos/2024/summer/\r\n"
    "Accept-Encoding: gzip, deflate, br, zstd\r\nAccept-Language: en-US,en;q=0.9\r\nIf-None-Match: \"17a3-18d2f3a90c4e5f60\"\r\n"
    "If-Modified-Since: Sun, 06 Nov 1994 08:49:37 GMT\r\n\r\n";

void parse_head(benchmark::State& state, std::string_view bytes) {
    RequestHead head;
    for (auto _ : state) {
        head.reset();
        FS_ASSERT(head.parse(bytes) == ParseState::complete);
    }
    state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(bytes.size()));
}
BENCHMARK_CAPTURE(parse_head, plain, plain_head);
BENCHMARK_CAPTURE(parse_head, curl, curl_head);
BENCHMARK_CAPTURE(parse_head, browser, browser_head);

void parse_and_interpret(benchmark::State& state, std::string_view bytes) {
    RequestHead head;
    Request request;
    for (auto _ : state) {
        head.reset();
        FS_ASSERT(head.parse(bytes) == ParseState::complete);
        FS_ASSERT(!interpret(head, request));
        benchmark::DoNotOptimize(request);
    }
}
BENCHMARK_CAPTURE(parse_and_interpret, plain, plain_head);
BENCHMARK_CAPTURE(parse_and_interpret, curl, curl_head);
BENCHMARK_CAPTURE(parse_and_interpret, browser, browser_head);

/// Whoever sends single bytes must not make the parser start over.
void parse_in_pieces(benchmark::State& state) {
    const auto piece = static_cast<std::size_t>(state.range(0));
    RequestHead head;
    for (auto _ : state) {
        head.reset();
        for (std::size_t size = piece; size < browser_head.size(); size += piece) {
            FS_ASSERT(head.parse(browser_head.substr(0, size)) == ParseState::incomplete);
        }
        FS_ASSERT(head.parse(browser_head) == ParseState::complete);
    }
}
BENCHMARK(parse_in_pieces)->Arg(1)->Arg(16)->Arg(256);

}  // namespace
